//! `just bench`: temporary files in programs, beside the native `tempfile` crate and on bare wasmtime-wasi.
//!
//! What is compared takes turns and the tables show medians, since the machines are shared. The ratios are what counts.

mod bare;
mod guard;
mod life;
mod ours;
mod sort;
mod unused;

use std::path::Path;
use std::{fs, process, thread};

use anyhow::Result;

// `cargo bench` starts this with flags of the test harness: none is used.
#[tokio::main]
async fn main() -> Result<()> {
    let somewhere = tempfile::tempdir()?;
    let dir = somewhere.path().to_owned();
    // In a task, where a host runs programs: glibc's malloc is slower with large buffers in the main thread, where it hands
    // memory back to the system sooner.
    tokio::spawn(async move {
        life::table(&dir).await?;
        println!();
        unused::table(&dir).await?;
        println!();
        guard::table(&dir).await?;
        println!();
        sort::table(&dir).await
    })
    .await??;
    println!("\n{}", machine(somewhere.path()));
    Ok(())
}

/// What the numbers depend on, as far as it is known.
fn machine(dir: &Path) -> String {
    let cores = thread::available_parallelism().map_or_else(|_| "?".to_owned(), |cores| cores.to_string());
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_else(|_| "?".to_owned());
    let df = process::Command::new("df").arg("--output=fstype").arg(dir).output();
    let file_system = df.map_or_else(
        |_| "?".to_owned(),
        |output| {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.lines().nth(1).unwrap_or("?").to_owned()
        },
    );
    format!("{cores} cores, Linux {}, {file_system}", kernel.trim())
}

/// The middle one of an odd number of measurements.
fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
