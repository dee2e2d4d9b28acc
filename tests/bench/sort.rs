//! An external merge sort in a guest, whose runs are temporary files, beside coreutils' `sort`.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use scratch_tests::jobs;
use wasmtime_scratch::{Command, GUEST_PROVIDER, compose};
use wasmtime_wasi::FsPerms;
use wasmtime_wasi::cli::OutputFile;

use crate::bare::Bare;
use crate::bench::{Bench, named, only};
use crate::ours::{Guests, Provided};
use crate::subject::{Storage, Subject};
use crate::table::{Layout, Measuring, Shape, Table, Unit};

const TURNS: usize = 3;
const BYTES: usize = 200_000_000;
/// A sixth of the text: so there are runs, and one merge is enough.
const MEMORY: usize = 32 << 20;
const OPEN_FILES: usize = 16;

#[derive(Clone, Copy)]
enum Sorter {
    Coreutils,
    Ours(Provided),
    /// Composed with the guest provider, in a directory that nobody looks after.
    Bare,
}

/// `None` where there is no coreutils.
pub(crate) async fn table(bench: &Bench) -> Result<Option<Table>> {
    let Some(version) = coreutils() else {
        eprintln!("sort: skipped, since there is no `sort` of GNU coreutils here");
        return Ok(None);
    };
    let place = Place::new(bench)?;
    let shape = Shape {
        name: "sort",
        title: format!(
            "An external merge sort of {} MB of text in {} MiB of memory, with runs on disk",
            BYTES / 1_000_000,
            MEMORY >> 20
        ),
        unit: Unit::Seconds,
        layout: Layout::Long {
            cases: "",
            first: "coreutils",
        },
    };
    let ours = Provided::ALL.map(Sorter::Ours);
    let sorters: Vec<Sorter> = [Sorter::Coreutils]
        .into_iter()
        .chain(ours)
        .chain([Sorter::Bare])
        .collect();
    let sorters = named(&sorters, |sorter| match sorter {
        Sorter::Coreutils => format!("{version}, native"),
        Sorter::Ours(provided) => Subject::Ours(provided, Storage::Disk).title(),
        Sorter::Bare => "guest provider, composed, bare wasmtime-wasi over a directory".to_owned(),
    });
    let measure = |(), sorter| -> Measuring<'_> { Box::pin(place.turn(sorter)) };
    let table = shape
        .measure(bench.turns(TURNS), &only("200 MB"), &sorters, measure)
        .await?;
    Ok(Some(table))
}

/// What `sort --version` says if it is the one that is meant: others have other options.
fn coreutils() -> Option<String> {
    let output = process::Command::new("sort").arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.lines().next()?;
    version.contains("GNU coreutils").then(|| version.to_owned())
}

struct Place<'a> {
    bench: &'a Bench,
    guests: Guests,
    bare: Bare,
    /// For the text, and nothing else: it is granted.
    dir: PathBuf,
    /// Where `sort` has its temporary files.
    tmp: PathBuf,
    by_native: PathBuf,
    by_guest: PathBuf,
}

impl Place<'_> {
    fn new(bench: &Bench) -> Result<Place<'_>> {
        let (dir, tmp) = (bench.dir("text")?, bench.dir("tmp")?);
        write_text(&dir.join("text"))?;
        let composed = tmp.join("sort-anywhere.wasm");
        let program = compose("sort.wasm", &fs::read(jobs::SORT)?, "guest", GUEST_PROVIDER)?;
        fs::write(&composed, program)?;
        Ok(Place {
            bench,
            guests: bench.ours.guests(jobs::SORT)?,
            bare: Bare::bounded(&composed)?,
            by_native: tmp.join("by-native"),
            by_guest: tmp.join("by-guest"),
            dir,
            tmp,
        })
    }

    /// Nanoseconds. Coreutils come first: what everybody else prints is compared with what they did.
    async fn turn(&self, sorter: Sorter) -> Result<f64> {
        let time = match sorter {
            Sorter::Coreutils => return Ok(self.native()?.as_secs_f64() * 1e9),
            Sorter::Ours(provided) => self.guest(Some(provided)).await?,
            Sorter::Bare => self.guest(None).await?,
        };
        ensure!(
            fs::read(&self.by_native)? == fs::read(&self.by_guest)?,
            "the outputs differ"
        );
        Ok(time.as_secs_f64() * 1e9)
    }

    /// With the start of the process.
    fn native(&self) -> Result<Duration> {
        let mut sort = process::Command::new("sort");
        sort.env("LC_ALL", "C")
            .arg("--parallel=1")
            .arg(format!("--buffer-size={MEMORY}b"))
            .arg(format!("--batch-size={OPEN_FILES}"))
            .arg("--temporary-directory")
            .args([&self.tmp, &self.dir.join("text")])
            .stdout(File::create(&self.by_native)?);
        let started = Instant::now();
        let status = sort.status()?;
        let time = started.elapsed();
        ensure!(status.success(), "sort: {status}");
        Ok(time)
    }

    /// From a compiled program to an empty space, if a host of ours has one.
    async fn guest(&self, provided: Option<Provided>) -> Result<Duration> {
        let stdout = OutputFile::new(File::create(&self.by_guest)?);
        let (memory, open_files) = (MEMORY.to_string(), OPEN_FILES.to_string());
        let args = ["sort", "--memory", &memory, "--open-files", &open_files, "/text/text"];
        let mut command = Command::new();
        command.dir(&self.dir, "/text", FsPerms::ReadOnly);
        let dirs = [(self.tmp.as_path(), "/tmp"), (self.dir.as_path(), "/text")];
        let started = Instant::now();
        match provided {
            Some(provided) => {
                let guest = self.guests.by(provided);
                self.bench.ours.run(guest, command, &args, stdout).await?;
            }
            None => self.bare.run(&dirs, &args, stdout, true).await?,
        }
        Ok(started.elapsed())
    }
}

/// Lines of 3 to 12 words out of a thousand: the same text each time.
fn write_text(path: &Path) -> io::Result<()> {
    // xorshift64, https://www.jstatsoft.org/article/view/v008i14
    let mut state = 0x5a5a_5a5a_u64;
    let mut below = |end: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let [high, low, ..] = state.to_be_bytes();
        usize::from(u16::from_be_bytes([high, low])) % end
    };
    let words: Vec<String> = (0..1000)
        .map(|_| {
            let length = 2 + below(8);
            (0..length).map(|_| char::from(b"etaoinshrdlu"[below(12)])).collect()
        })
        .collect();
    let mut out = BufWriter::new(File::create(path)?);
    let mut written = 0;
    let mut line = String::new();
    while written < BYTES {
        line.clear();
        line.push_str(&words[below(words.len())]);
        for _ in 0..2 + below(10) {
            let _ = write!(line, " {}", words[below(words.len())]);
        }
        line.push('\n');
        out.write_all(line.as_bytes())?;
        written += line.len();
    }
    out.flush()
}
