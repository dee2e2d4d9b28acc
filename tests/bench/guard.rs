//! What the guard costs: each operation of `wasi:filesystem` with it and without.

use std::path::Path;

use anyhow::{Context as _, Result};
use scratch_tests::programs;
use wasmtime_scratch::Command;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

use crate::bare::Bare;
use crate::median;
use crate::ours::Ours;

/// Odd, so that a median is one of the measurements.
const TURNS: usize = 31;

/// What the program does, how often, and what that is.
const OPERATIONS: [(&str, u32, &str); 7] = [
    ("open-write-close", 1000, "open a file, write 64 bytes, close"),
    ("create-unlink", 1000, "create a file, close, unlink"),
    ("write", 5000, "write 64 bytes at an offset"),
    ("stream", 200, "16 writes of 4 KiB to a stream, each flushed"),
    ("readdir", 200, "list a directory of 100"),
    ("stat", 5000, "stat"),
    ("mkdir-rmdir", 1000, "make a directory and remove it"),
];

/// Measures and prints a row for each.
pub(crate) async fn table(somewhere: &Path) -> Result<()> {
    let plain = somewhere.join("plain-guard");
    std::fs::create_dir(&plain)?;
    let bare = Bare::bounded(programs::GUARD_BENCH)?;
    let ours = Ours::new(&somewhere.join("base-guard"))?;
    let program = ours
        .runner
        .program("guard-bench", &std::fs::read(programs::GUARD_BENCH)?)?;
    println!("the guard: microseconds an operation, median of {TURNS} turns\n");
    println!("| what | bare wasmtime-wasi | guarded | ratio |");
    println!("| --- | ---: | ---: | ---: |");
    for (operation, rounds, what) in OPERATIONS {
        let rounds = rounds.to_string();
        let args = ["guard-bench", operation, &rounds];
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..TURNS {
            let stdout = MemoryOutputPipe::new(1 << 10);
            bare.run(&plain, &args, stdout.clone(), true).await?;
            times[0].push(number(&stdout)?);
            let stdout = MemoryOutputPipe::new(1 << 10);
            ours.run(&program, Command::new(), &args, stdout.clone()).await?;
            times[1].push(number(&stdout)?);
        }
        let [theirs, mine] = times.map(|mut times| median(&mut times) / 1000.0);
        println!("| {what} | {theirs:.2} | {mine:.2} | {:.2} |", mine / theirs);
    }
    Ok(())
}

fn number(stdout: &MemoryOutputPipe) -> Result<f64> {
    let text = String::from_utf8(stdout.contents().to_vec())?;
    text.trim().parse().with_context(|| format!("not a number: {text:?}"))
}
