//! What an instance costs that never uses scratch, beside bare wasmtime-wasi.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use scratch_tests::programs;
use wasmtime_scratch::Command;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

use crate::bare::Bare;
use crate::median;
use crate::ours::Ours;

/// Odd, so that a median is one of the measurements.
const TURNS: usize = 21;
const ROUNDS: u32 = 500;

/// Measures and prints both rows.
pub(crate) async fn table(somewhere: &Path) -> Result<()> {
    let plain = somewhere.join("plain-unused");
    std::fs::create_dir(&plain)?;
    let bare = Bare::new(programs::NO_SCRATCH)?;
    let ours = Ours::new(&somewhere.join("base-unused"))?;
    let program = ours
        .runner
        .program("no-scratch", &std::fs::read(programs::NO_SCRATCH)?)?;
    let (mut theirs, mut mine) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let started = Instant::now();
        for _ in 0..ROUNDS {
            let stdout = MemoryOutputPipe::new(1 << 10);
            bare.run(&plain, &["no-scratch"], stdout, true).await?;
        }
        theirs.push(started.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS));
        let started = Instant::now();
        for _ in 0..ROUNDS {
            let stdout = MemoryOutputPipe::new(1 << 10);
            ours.run(&program, Command::new(), &["no-scratch"], stdout).await?;
        }
        mine.push(started.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS));
    }
    let (theirs, mine) = (median(&mut theirs), median(&mut mine));
    println!("an instance that never uses scratch, from its store to its end: microseconds, median of {TURNS} turns\n");
    println!("| what | µs | against bare |");
    println!("| --- | ---: | ---: |");
    println!("| bare wasmtime-wasi, with a preopened directory | {theirs:.2} | 1.00 |");
    println!(
        "| scratch, with a space that is ended | {mine:.2} | {:.2} |",
        mine / theirs
    );
    Ok(())
}
