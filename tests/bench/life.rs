//! The whole life of a temporary file (create, write, read back, drop) in loops inside the guest.

use std::fs;
use std::hint::black_box;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use scratch_tests::programs;
use tempfile::{NamedTempFile, SpooledTempFile};
use wasmtime_scratch::{Command, GUEST_PROVIDER, Program};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

use crate::bare::Bare;
use crate::median;
use crate::ours::Ours;

/// Odd, so that a median is one of the measurements.
const TURNS: usize = 21;

/// The sizes in bytes, and the rounds of a turn.
const SIZES: [(usize, u32); 4] = [(0, 1_000), (4 << 10, 1_000), (64 << 10, 500), (1 << 20, 50)];

/// What each row is, and where its bytes are. All are compared with the first.
const ROWS: [(&str, Row); 8] = [
    ("native Rust `tempfile::NamedTempFile`, on disk", Row::NativeNamed),
    ("native Rust `tempfile::SpooledTempFile`, in memory", Row::NativeSpooled),
    ("guest provider, linked, on disk", Row::Linked("disk")),
    ("guest provider, linked, in memory", Row::Linked("memory")),
    ("guest provider, composed, on disk", Row::Composed("disk")),
    ("guest provider, composed, in memory", Row::Composed("memory")),
    (
        "Rust `tempfile::NamedTempFile` in a guest, bare wasmtime-wasi that may block, on disk",
        Row::Bare { blocking: true },
    ),
    (
        "Rust `tempfile::NamedTempFile` in a guest, bare wasmtime-wasi by default, on disk",
        Row::Bare { blocking: false },
    ),
];

#[derive(Clone, Copy)]
enum Row {
    NativeNamed,
    NativeSpooled,
    /// With the storage as `loop-bench` names it.
    Linked(&'static str),
    /// The same.
    Composed(&'static str),
    /// Where calls may not block, each takes a hop to another thread.
    Bare {
        blocking: bool,
    },
}

/// Measures and prints all rows for all sizes; temporary files of all kinds live in `somewhere`.
pub(crate) async fn table(somewhere: &Path) -> Result<()> {
    let bench = Bench::new(somewhere)?;
    println!("create, write, read back, drop: microseconds a round, median of {TURNS} turns\n");
    println!("| bytes | rounds in a turn | what | µs | against native |\n| ---: | ---: | --- | ---: | ---: |");
    for (size, rounds) in SIZES {
        let mut times = vec![Vec::new(); ROWS.len()];
        for _ in 0..TURNS {
            for ((_, row), times) in ROWS.iter().zip(&mut times) {
                times.push(bench.turn(*row, rounds, size).await?);
            }
        }
        let medians: Vec<f64> = times.iter_mut().map(|times| median(times)).collect();
        for ((what, _), median) in ROWS.iter().zip(&medians) {
            let (time, ratio) = (median / 1000.0, median / medians[0]);
            println!("| {size} | {rounds} | {what} | {time:.2} | {ratio:.2} |");
        }
    }
    Ok(())
}

struct Bench {
    ours: Ours,
    linked: Program,
    composed: Program,
    bare: Bare,
    dir: PathBuf,
}

impl Bench {
    fn new(somewhere: &Path) -> Result<Bench> {
        let dir = somewhere.join("plain");
        fs::create_dir(&dir)?;
        let ours = Ours::new(&somewhere.join("base"))?;
        let program = fs::read(programs::LOOP_BENCH)?;
        let composed = wasmtime_scratch::compose("loop-bench.wasm", &program, "guest", GUEST_PROVIDER)?;
        Ok(Bench {
            linked: ours.runner.program("loop-bench.wasm", &program)?,
            composed: ours.runner.program("composed.wasm", &composed)?,
            bare: Bare::new(programs::TEMPFILE_BENCH)?,
            ours,
            dir,
        })
    }

    /// Nanoseconds a round; of a guest, measured inside of it.
    async fn turn(&self, row: Row, rounds: u32, size: usize) -> Result<f64> {
        let (rounds_text, size_text) = (rounds.to_string(), size.to_string());
        let stdout = MemoryOutputPipe::new(1024);
        let ours = async |program, storage| {
            let args = ["loop-bench", storage, &rounds_text, &size_text];
            self.ours.run(program, Command::new(), &args, stdout.clone()).await
        };
        match row {
            Row::NativeNamed => return native(rounds, size, || NamedTempFile::new_in(&self.dir)),
            Row::NativeSpooled => return native(rounds, size, || Ok(SpooledTempFile::new_in(size + 1, &self.dir))),
            Row::Linked(storage) => ours(&self.linked, storage).await?,
            Row::Composed(storage) => ours(&self.composed, storage).await?,
            Row::Bare { blocking } => {
                let args = ["tempfile-bench", &rounds_text, &size_text];
                self.bare.run(&self.dir, &args, stdout.clone(), blocking).await?;
            }
        }
        let text = String::from_utf8(stdout.contents().to_vec())?;
        text.trim().parse().with_context(|| format!("not a number: {text:?}"))
    }
}

fn native<F: Read + Write + Seek>(rounds: u32, size: usize, create: impl Fn() -> io::Result<F>) -> Result<f64> {
    let bytes = vec![0x5a; size];
    let mut read = Vec::with_capacity(size);
    let started = Instant::now();
    for _ in 0..rounds {
        let mut file = create()?;
        file.write_all(&bytes)?;
        file.rewind()?;
        read.clear();
        file.read_to_end(&mut read)?;
        ensure!(read.len() == size, "short read");
        // Or a file in memory might not be made at all.
        black_box((&mut file, &mut read));
        drop(file);
    }
    Ok(started.elapsed().as_secs_f64() * 1e9 / f64::from(rounds))
}
