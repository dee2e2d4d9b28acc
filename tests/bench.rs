//! `just bench`: the whole life of a temporary file, in loops inside the guest, beside the native `tempfile` crate.
//!
//! The rows take turns and the table shows medians, since the machines are shared. The ratios are what counts.

use std::fs;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use scratch_tests::programs;
use wasmtime_scratch::{Base, Command, GUEST_PROVIDER, LinkedPre, Program, Runner, State};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

/// Odd, so that a median is one of the measurements.
const TURNS: usize = 11;
const ROUNDS: u32 = 2_000;
const SIZES: [usize; 2] = [0, 4096];

/// A row: what it is, and where the bytes are.
const ROWS: [(&str, Row); 3] = [
    ("native Rust `tempfile::NamedTempFile`, no Wasm, on disk", Row::Native),
    ("guest provider, linked, on disk", Row::Linked("disk")),
    ("guest provider, linked, in memory", Row::Linked("default")),
];

#[derive(Clone, Copy)]
enum Row {
    Native,
    Linked(&'static str),
}

fn main() -> Result<()> {
    // `cargo test --benches` and `cargo bench` start this with flags of the test harness: none is used.
    let somewhere = tempfile::tempdir()?;
    let runner = Runner::new()?;
    let program = runner.program("loop-bench.wasm", &fs::read(programs::LOOP_BENCH)?)?;
    let provider = runner.provider("guest", GUEST_PROVIDER)?;
    let bench = Bench {
        base: Base::open(somewhere.path().join("base"))?,
        runner,
        program,
        provider,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;

    println!("create, write, read back, drop: microseconds a round, median of {TURNS} turns of {ROUNDS} rounds\n");
    println!("| bytes | what | µs | against native |\n| ---: | --- | ---: | ---: |");
    for size in SIZES {
        let mut times = vec![Vec::new(); ROWS.len()];
        for _ in 0..TURNS {
            for ((_, row), times) in ROWS.iter().zip(&mut times) {
                times.push(match row {
                    Row::Native => native(somewhere.path(), size)?,
                    Row::Linked(storage) => runtime.block_on(bench.linked(storage, size))?,
                });
            }
        }
        let medians: Vec<f64> = times.iter_mut().map(|times| median(times)).collect();
        for ((what, _), median) in ROWS.iter().zip(&medians) {
            println!(
                "| {size} | {what} | {:.2} | {:.2} |",
                median / 1000.0,
                median / medians[0]
            );
        }
    }
    Ok(())
}

struct Bench {
    base: Base,
    runner: Runner,
    program: Program,
    provider: LinkedPre<State>,
}

impl Bench {
    /// Nanoseconds a round, measured inside the guest.
    async fn linked(&self, storage: &str, size: usize) -> Result<f64> {
        let stdout = MemoryOutputPipe::new(1024);
        let mut command = Command::new();
        command.allow_blocking_current_thread(true);
        command.args(&["loop-bench", storage, &ROUNDS.to_string(), &size.to_string()]);
        command.wasi().stdout(stdout.clone()).inherit_stderr();
        let space = self.base.space(None);
        let outcome = self
            .runner
            .run(&self.program, Some(&self.provider), command, &space)
            .await?;
        let report = space.end_async().await;
        ensure!(outcome.is_success() && report.is_clean(), "{outcome:?} {report}");
        let text = String::from_utf8(stdout.contents().to_vec())?;
        text.trim().parse().with_context(|| format!("not a number: {text:?}"))
    }
}

fn native(dir: &Path, size: usize) -> Result<f64> {
    let bytes = vec![0x5a; size];
    let mut read = Vec::with_capacity(size);
    let started = Instant::now();
    for _ in 0..ROUNDS {
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        file.write_all(&bytes)?;
        file.rewind()?;
        read.clear();
        file.read_to_end(&mut read)?;
        ensure!(read.len() == size, "short read");
        drop(file);
    }
    Ok(started.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS))
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
