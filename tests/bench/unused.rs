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
    let bounded = Bare::bounded(programs::NO_SCRATCH)?;
    let ours = Ours::new(&somewhere.join("base-unused"))?;
    let program = ours
        .runner
        .program("no-scratch", &std::fs::read(programs::NO_SCRATCH)?)?;
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..TURNS {
        for (which, times) in times.iter_mut().enumerate() {
            let started = Instant::now();
            for _ in 0..ROUNDS {
                let stdout = MemoryOutputPipe::new(1 << 10);
                match which {
                    0 => bare.run(&plain, &["no-scratch"], stdout, true).await?,
                    1 => bounded.run(&plain, &["no-scratch"], stdout, true).await?,
                    _ => ours.run(&program, Command::new(), &["no-scratch"], stdout).await?,
                }
            }
            times.push(started.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS));
        }
    }
    let times = times.map(|mut times| median(&mut times));
    println!("an instance that never uses scratch, from its store to its end: microseconds, median of {TURNS} turns\n");
    println!("| what | µs | against bare |");
    println!("| --- | ---: | ---: |");
    let rows = [
        "bare wasmtime-wasi, with a preopened directory",
        "the same with `TMPDIR`, epochs and a limiter of memory, as ours has them",
        "scratch, with a space that is ended",
    ];
    for (what, time) in rows.iter().zip(times) {
        println!("| {what} | {time:.2} | {:.2} |", time / times[0]);
    }
    Ok(())
}
