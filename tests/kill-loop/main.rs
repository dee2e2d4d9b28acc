//! Kills hosts at random moments, again and again, and looks at what is left:
//!
//! ```text
//! cargo run --example kill-loop -- KILLS [--seed SEED]
//! ```
//!
//! Eight processes share a base: most run programs that make, write, nest, rename, persist and drop, the others sweep. Each is
//! killed with SIGKILL some time after it has said that it is ready, and started anew. One more host lives through it all, with
//! a program in the middle of its work. At the end comes one sweep. After that nothing may be left under the base but what is the
//! living host's; that must be untouched all the time; and what was persisted must be whole.

#![forbid(unsafe_code)]

mod children;
mod persisted;
mod random;
mod seats;
mod witness;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use scratch_tests::{entries, programs};
use tempfile::TempDir;
use wasmtime_scratch::Base;

use crate::children::Child;
use crate::persisted::Persisted;
use crate::seats::Seats;
use crate::witness::Witness;

/// The processes that are killed.
const VICTIMS: u64 = 8;

/// After so many kills the living host and what was persisted are looked at.
const KILLS_BETWEEN_LOOKS: u64 = 5;

/// Said on standard error after so many kills.
const KILLS_BETWEEN_LINES: u64 = 100;

/// Kill hosts at random moments, and look at what is left.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Args {
    /// How many kills.
    #[arg(default_value_t = 300)]
    kills: u64,

    /// What decides who is killed when [default: the time].
    #[arg(long)]
    seed: Option<u64>,

    #[command(subcommand)]
    child: Option<Child>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    match args.child {
        Some(child) => child.run(),
        None => kill(args.kills, args.seed.unwrap_or_else(random::seed)),
    }
}

/// The directories of one loop, all new.
struct Place {
    dir: PathBuf,
    /// The programs, copied: a build that goes on beside this changes nothing.
    work: PathBuf,
    witness: PathBuf,
    base: PathBuf,
    /// Where programs persist to: on the base's file system, and, if there is one, on another, where it takes a copy.
    targets: Vec<PathBuf>,
}

impl Place {
    fn new(dir: &Path, elsewhere: Option<&Path>) -> Result<Place> {
        let place = Place {
            dir: dir.to_owned(),
            work: dir.join("random-work.wasm"),
            witness: dir.join("witness.wasm"),
            base: dir.join("base"),
            targets: [dir].into_iter().chain(elsewhere).map(|dir| dir.join("out")).collect(),
        };
        fs::copy(programs::RANDOM_WORK, &place.work)?;
        fs::copy(programs::WITNESS, &place.witness)?;
        for target in &place.targets {
            fs::create_dir(target)?;
        }
        Ok(place)
    }

    /// What stands under the base, but for its layout file.
    fn left(&self) -> Vec<PathBuf> {
        let mut left = entries(&self.base);
        left.retain(|path| path != Path::new("layout"));
        left
    }
}

fn kill(kills: u64, seed: u64) -> Result<()> {
    println!("seed {seed}");
    let mut somewhere = tempfile::tempdir().context("failed to create a directory for the loop")?;
    let elsewhere = another_file_system(somewhere.path());
    if elsewhere.is_none() {
        eprintln!("skipped: no second file system, so nothing is persisted by a copy");
    }
    let place = Place::new(somewhere.path(), elsewhere.as_ref().map(TempDir::path))?;
    let outcome = run(&place, kills, seed);
    if outcome.is_err() {
        somewhere.disable_cleanup(true);
        eprintln!("to be looked at: {}", place.dir.display());
    }
    outcome
}

fn run(place: &Place, kills: u64, seed: u64) -> Result<()> {
    let started = Instant::now();
    let mut witness = Witness::start(place)?;
    let mut persisted = Persisted::default();
    let seats = Seats::new(place, kills, seed);
    let (killed, kills_so_far) = mpsc::channel();
    thread::scope(|scope| {
        let victims: Vec<_> = (0..VICTIMS)
            .map(|seat| {
                let (seats, killed) = (&seats, killed.clone());
                scope.spawn(move || seats.sit(seat, &killed))
            })
            .collect();
        drop(killed);
        let looked = look_meanwhile(place, &mut witness, &mut persisted, &kills_so_far);
        if looked.is_err() {
            seats.close();
        }
        for victim in victims {
            victim.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        }
        looked
    })?;

    witness.look(place)?;
    let before = place.left().len() - witness.len();
    let base = Base::open(&place.base)?;
    let swept = base.drain();
    drop(base);
    ensure!(swept.residue_count == 0, "the last sweep left residue: {swept:?}");
    witness.look(place)?;
    let left = place.left();
    let left_over = left.len() - witness.len();
    for path in left.iter().filter(|path| !witness.has(path)) {
        println!("left: {}", path.display());
    }
    for target in &place.targets {
        persisted.collect(target)?;
        persisted.count_unfinished(target)?;
    }
    let looks = witness.end()?;
    let at_the_end = place.left();

    println!("{}, {:.1} s", seats.tally(), started.elapsed().as_secs_f64());
    println!(
        "{before} entries left by the dead before the last sweep, which found {} dead hosts; {left_over} after it, and {} \
         when the living host had ended",
        swept.hosts,
        at_the_end.len()
    );
    println!("the living host's space was looked at {looks} times, from inside and from outside: untouched");
    println!("{persisted}");
    ensure!(left_over == 0, "{left_over} entries are left after the sweep");
    ensure!(at_the_end.is_empty(), "the living host left {at_the_end:?}");
    Ok(())
}

/// Looks at what must be right at any moment, until the last kill.
fn look_meanwhile(
    place: &Place,
    witness: &mut Witness,
    persisted: &mut Persisted,
    kills: &mpsc::Receiver<()>,
) -> Result<()> {
    let mut count = 0;
    while kills.recv().is_ok() {
        count += 1;
        if count % KILLS_BETWEEN_LOOKS == 0 {
            witness.look(place).with_context(|| format!("after {count} kills"))?;
            for target in &place.targets {
                persisted
                    .collect(target)
                    .with_context(|| format!("after {count} kills"))?;
            }
        }
        if count % KILLS_BETWEEN_LINES == 0 {
            eprintln!("{count} kills");
        }
    }
    Ok(())
}

/// A directory in memory, where most systems have that, if it is not where `dir` is.
fn another_file_system(dir: &Path) -> Option<TempDir> {
    let other = tempfile::tempdir_in("/dev/shm").ok()?;
    let device = |path: &Path| fs::metadata(path).ok().map(|meta| meta.dev());
    (device(other.path()) != device(dir)).then_some(other)
}
