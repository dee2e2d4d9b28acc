//! Cleaning up by hand: `remove_file` and `remove_dir` at the end, and a failure half-way that never gets there.
//!
//! Knows nothing of `scratch:tempfile`. Works by path under `TMPDIR`, else `/tmp`, and so runs on any WASI with that directory.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let place = env::var_os("TMPDIR").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from);
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_err(io::Error::other)?;
    let dir = place.join(format!("report-{}", now.as_nanos()));
    let loose = place.join(format!("notes-{}.txt", now.as_nanos()));

    fs::create_dir(&dir)?;
    println!("Created the directory {}", dir.display());
    let names = ["data.txt", "index.txt", "summary.txt"];
    for name in names {
        fs::write(dir.join(name), "Some data.\n")?;
        println!("  and wrote {name} in it.");
    }
    fs::write(&loose, "Some notes.\n")?;
    println!("Created the file {}", loose.display());

    let total = summarize(&dir.join("data.txt"))?;
    println!("The total is {total}.");

    println!("Removing them by hand.");
    for name in names {
        fs::remove_file(dir.join(name))?;
    }
    fs::remove_dir(&dir)?;
    fs::remove_file(&loose)
}

/// Adds up the numbers in a file that has none.
fn summarize(path: &Path) -> io::Result<u64> {
    let text = fs::read_to_string(path)?;
    let numbers = text
        .lines()
        .map(|line| line.parse::<u64>().expect("every line holds a number"));
    Ok(numbers.sum())
}
