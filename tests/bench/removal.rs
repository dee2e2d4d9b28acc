//! `just bench-removal`: the end of a space against `rm -rf`, removal against somebody who keeps creating, and opening a
//! base in which dead hosts left much.
//!
//! What is compared takes turns and the tables show medians, since the machines are shared. The ratios are what counts.

use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rustix::fs::{CWD, Mode, OFlags};
use wasmtime_scratch::{Base, Report, Space};

/// Odd, so that a median is one of the measurements.
const TURNS: usize = 3;

/// What a thread that removes may use: a quarter of what Rust gives it.
const STACK_BYTES: usize = 512 * 1024;

const DEPTH: usize = 20_000;
const FILES: usize = 1_000_000;
const RACES: usize = 10_000;

type Plant = fn(&Path) -> Result<()>;

fn main() -> Result<()> {
    let somewhere = tempfile::tempdir()?;
    trees(somewhere.path())?;
    println!();
    races(somewhere.path())?;
    println!();
    openings(somewhere.path())
}

/// The same tree, removed by the end of a space and by `rm -rf`.
fn trees(somewhere: &Path) -> Result<()> {
    let base = Base::open(somewhere.join("base"))?;
    println!("removal of a tree: seconds, medians, on a stack of {STACK_BYTES} bytes\n");
    println!("| tree | turns | `rm -rf` | end of a space | ratio | descriptors at most |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    let trees: [(&str, Plant, usize); 3] = [
        ("20,000 levels deep", deep, TURNS),
        ("200 directories with 500 files of 1 KiB", wide, TURNS),
        // Making them takes minutes.
        ("1,000,000 empty files in one directory", flat, 1),
    ];
    for (name, plant, turns) in trees {
        let (mut theirs, mut ours, mut descriptors) = (Vec::new(), Vec::new(), 0);
        for _ in 0..turns {
            let dir = somewhere.join("plain");
            fs::create_dir(&dir)?;
            plant(&dir)?;
            rustix::fs::sync();
            let started = Instant::now();
            ensure!(Command::new("rm").arg("-rf").arg(&dir).status()?.success());
            theirs.push(started.elapsed().as_secs_f64());

            let space = base.space(None);
            plant(&space.dir()?)?;
            rustix::fs::sync();
            let started = Instant::now();
            let (report, most) = watched(space)?;
            ours.push(started.elapsed().as_secs_f64());
            descriptors = descriptors.max(most);
            ensure!(report.receipt.entries_left == 0, "something is left: {report}");
        }
        let (theirs, ours) = (median(&mut theirs), median(&mut ours));
        println!(
            "| {name} | {theirs:.3} | {ours:.3} | {:.2} | {descriptors} |",
            ours / theirs
        );
    }
    Ok(())
}

/// Ends a space on a small stack, and says how many descriptors were open more than before.
fn watched(space: Space) -> Result<(Report, usize)> {
    let before = descriptors();
    let most = AtomicUsize::new(before);
    let done = AtomicBool::new(false);
    let report = thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                most.fetch_max(descriptors(), Ordering::Relaxed);
                thread::sleep(Duration::from_millis(1));
            }
        });
        let ending = thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || space.end());
        let report = ending.map(|ending| ending.join());
        done.store(true, Ordering::Relaxed);
        report
    });
    let report = report?.map_err(|_| anyhow::anyhow!("the end of the space panicked"))?;
    // The listing of them is one.
    Ok((report, most.into_inner().saturating_sub(before)))
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

fn deep(dir: &Path) -> Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut at: OwnedFd = rustix::fs::openat(CWD, dir, flags, Mode::empty())?;
    for _ in 0..DEPTH {
        rustix::fs::mkdirat(&at, "d", Mode::RWXU)?;
        at = rustix::fs::openat(&at, "d", flags, Mode::empty())?;
    }
    Ok(())
}

fn flat(dir: &Path) -> Result<()> {
    for file in 0..FILES {
        File::create(dir.join(file.to_string()))?;
    }
    Ok(())
}

fn wide(dir: &Path) -> Result<()> {
    for below in 0..200 {
        let dir = dir.join(below.to_string());
        fs::create_dir(&dir)?;
        for file in 0..500 {
            fs::write(dir.join(file.to_string()), [0; 1024])?;
        }
    }
    Ok(())
}

/// Directories that are removed while a thread keeps creating files in them.
fn races(somewhere: &Path) -> Result<()> {
    let base = Base::open(somewhere.join("base"))?;
    println!("{RACES} removals of a directory while a thread keeps creating files in it\n");
    println!("| what | directories left |");
    println!("| --- | ---: |");
    let plain = somewhere.join("raced");
    let left = race(|| {
        fs::create_dir_all(&plain)?;
        let target = plain.clone();
        Ok((target, || fs::remove_dir_all(&plain).is_err() || plain.exists()))
    })?;
    println!("| `std::fs::remove_dir_all` | {left} |");
    let left = race(|| {
        let space = base.space(None);
        let dir = space.dir()?;
        Ok((dir, move || space.end().receipt.entries_left > 0))
    })?;
    println!("| end of a space | {left} |");
    Ok(())
}

/// How many of the directories that `make` makes are left by the removal that it gives.
fn race<R: FnOnce() -> bool>(make: impl Fn() -> Result<(std::path::PathBuf, R)>) -> Result<usize> {
    let mut left = 0;
    for _ in 0..RACES {
        let (dir, remove) = make()?;
        let done = AtomicBool::new(false);
        let begun = AtomicBool::new(false);
        let stands = thread::scope(|scope| {
            scope.spawn(|| {
                let mut number = 0;
                while !done.load(Ordering::Relaxed) {
                    let _ = File::create(dir.join(number.to_string()));
                    begun.store(true, Ordering::Relaxed);
                    number += 1;
                }
            });
            while !begun.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
            let stands = remove();
            done.store(true, Ordering::Relaxed);
            stands
        });
        left += usize::from(stands);
    }
    Ok(left)
}

/// Bases in which dead hosts left spaces.
fn openings(somewhere: &Path) -> Result<()> {
    println!("opening a base after dead hosts: milliseconds, median of {TURNS} turns\n");
    println!("| dead hosts | spaces each | until the base is open | until it is drained |");
    println!("| ---: | ---: | ---: | ---: |");
    for (hosts, spaces) in [(1, 1_000), (1, 10_000), (100, 100), (1_000, 10), (10_000, 1)] {
        let (mut opened, mut drained) = (Vec::new(), Vec::new());
        for turn in 0..TURNS {
            let path = somewhere.join(format!("stale-{hosts}-{turn}"));
            drop(Base::open(&path)?);
            for host in 0..hosts {
                let id = format!("{host:013}");
                fs::write(path.join(format!("{id}.lock")), "")?;
                for space in 0..spaces {
                    let dir = path.join(format!("{id}/spaces/{space:013}/dir"));
                    fs::create_dir_all(&dir).context("failed to plant a space")?;
                    fs::write(dir.join("file"), "")?;
                }
            }
            rustix::fs::sync();
            let started = Instant::now();
            let base = Base::open(&path)?;
            opened.push(started.elapsed().as_secs_f64() * 1e3);
            let swept = base.drain();
            drained.push(started.elapsed().as_secs_f64() * 1e3);
            ensure!(swept.residue_count == 0, "something is left: {swept:?}");
        }
        let (opened, drained) = (median(&mut opened), median(&mut drained));
        println!("| {hosts} | {spaces} | {opened:.2} | {drained:.1} |");
    }
    Ok(())
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
