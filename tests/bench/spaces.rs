//! Ten thousand live spaces on one base: what a file's life costs in the last of them, and what making and ending them costs.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use scratch_tests::programs;
use tempfile::TempDir;
use wasmtime_scratch::{BaseLimits, Command, Space};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

use crate::bench::{Bench, Quick, bytes, count, named, printed};
use crate::ours::{Guest, Guests, Ours, Provided};
use crate::subject::{Storage, Subject};
use crate::table::{Layout, Named, Shape, Table, Unit};

const TURNS: usize = 5;
const SPACES: u32 = 10_000;
/// Lives of a file in a turn.
const ROUNDS: u32 = 1_000;
const FILE_BYTES: u32 = 4 << 10;
/// What this process opens beside a descriptor for each space.
const OTHER_FILES: u64 = 1_000;

/// Who provides for a file, and where it is.
type File = (Provided, Storage);

/// Both tables, or none where this process may not open that many files.
pub(crate) async fn tables(bench: &Bench) -> Result<Vec<Table>> {
    if !may_open(u64::from(SPACES) + OTHER_FILES) {
        eprintln!("spaces: skipped, since this process may not open a file for each of {SPACES}");
        return Ok(Vec::new());
    }
    let place = Quick::new(bench, "spaces")?;
    let crowd = Crowd::new(&place)?;
    let (mut lives, mut ends) = (lives(&place), ends(&place));
    for _ in 0..bench.turns(TURNS) {
        for (row, times) in [crowd.native()?, crowd.ours(&mut lives).await?].iter().enumerate() {
            for (case, time) in ends.cases.iter_mut().zip([times.made, times.ended]) {
                let each = time.as_secs_f64() * 1e9 / f64::from(SPACES);
                case.rows[row].turns.push(each);
            }
        }
    }
    Ok(vec![lives, ends])
}

fn files() -> Vec<Named<File>> {
    let storages = [Storage::Disk, Storage::Memory];
    let files = Provided::ALL
        .iter()
        .flat_map(|provided| storages.map(|storage| (*provided, storage)));
    let files: Vec<File> = files.collect();
    named(&files, |(provided, storage)| Subject::Ours(provided, storage).title())
}

fn lives(place: &Quick) -> Table {
    let shape = Shape {
        name: "spaces",
        title: format!(
            "The life of a file of {} with so many live spaces on the base, each with a file in it, in {}",
            bytes(FILE_BYTES),
            place.name
        ),
        unit: Unit::Microseconds,
        layout: Layout::Wide {
            cases: "spaces",
            ratio: "last against first",
        },
    };
    shape.table(&files(), &named(&[1, SPACES], count))
}

fn ends(place: &Quick) -> Table {
    let shape = Shape {
        name: "space-ends",
        title: format!(
            "{} directories, or spaces, alive at once: making one with a file in it (in a space, an instance writes it), and ending it, in {}",
            count(SPACES),
            place.name
        ),
        unit: Unit::Microseconds,
        layout: Layout::Wide {
            cases: "what",
            ratio: "ratio",
        },
    };
    let hosts = named(&["`tempfile::TempDir`, native", "a space"], str::to_owned);
    shape.table(&named(&["make", "end"], str::to_owned), &hosts)
}

/// What it took to make all of them, and to end them.
struct Times {
    made: Duration,
    ended: Duration,
}

/// A host with many spaces.
struct Crowd {
    ours: Ours,
    leaves_one: Guest,
    lives: Guests,
    dir: PathBuf,
}

impl Crowd {
    fn new(place: &Quick) -> Result<Crowd> {
        let (dir, base) = (place.dir.path().join("plain"), place.dir.path().join("base"));
        fs::create_dir(&dir)?;
        let mut limits = BaseLimits::default();
        limits.open_files = Some(u64::MAX);
        let ours = Ours::within(&base, limits)?;
        Ok(Crowd {
            leaves_one: ours.guest(programs::LEAVE_ONE, Provided::Native)?,
            lives: ours.guests(programs::LOOP_BENCH)?,
            ours,
            dir,
        })
    }

    fn native(&self) -> Result<Times> {
        let started = Instant::now();
        let mut dirs = Vec::new();
        for _ in 0..SPACES {
            let dir = TempDir::new_in(&self.dir)?;
            fs::write(dir.path().join("data.txt"), "left behind")?;
            dirs.push(dir);
        }
        let made = started.elapsed();
        let started = Instant::now();
        drop(dirs);
        Ok(Times {
            made,
            ended: started.elapsed(),
        })
    }

    /// Measures lives in the first space while it is the only one, and in the last one while all others live.
    async fn ours(&self, lives: &mut Table) -> Result<Times> {
        let first = self.space().await?;
        self.live_in(&first, 0, lives).await?;
        ensure!(first.end_async().await.is_clean(), "something is left");

        let started = Instant::now();
        let mut spaces = Vec::new();
        for _ in 0..SPACES {
            spaces.push(self.space().await?);
        }
        let made = started.elapsed();
        if let Some(last) = spaces.last() {
            self.live_in(last, 1, lives).await?;
        }
        let started = Instant::now();
        for space in spaces {
            ensure!(space.end_async().await.is_clean(), "something is left");
        }
        Ok(Times {
            made,
            ended: started.elapsed(),
        })
    }

    /// A space in which an instance left a file.
    async fn space(&self) -> Result<Space> {
        let space = self.ours.space();
        let stdout = MemoryOutputPipe::new(0);
        self.ours
            .run_in(&space, &self.leaves_one, Command::new(), &["leave-one"], stdout)
            .await?;
        Ok(space)
    }

    async fn live_in(&self, space: &Space, row: usize, lives: &mut Table) -> Result<()> {
        let (rounds, size) = (ROUNDS.to_string(), FILE_BYTES.to_string());
        for (case, (_, (provided, storage))) in lives.cases.iter_mut().zip(files()) {
            let stdout = MemoryOutputPipe::new(1 << 10);
            let args = ["loop-bench", storage.word(), &rounds, &size];
            let guest = self.lives.by(provided);
            self.ours
                .run_in(space, guest, Command::new(), &args, stdout.clone())
                .await?;
            case.rows[row].turns.push(printed(&stdout)?);
        }
        Ok(())
    }
}

/// Raises the limit of open files as far as it goes. Whether it is so high then.
fn may_open(files: u64) -> bool {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, raised).is_ok() && maximum.is_none_or(|maximum| maximum >= files)
}
