//! What the guests do, done by the crate `tempfile` without Wasm. Nanoseconds a round.

use std::fs;
use std::hint::black_box;
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tempfile::{SpooledTempFile, TempDir};

/// As `loop-bench`.
pub(crate) fn life<F: Read + Write + Seek>(
    rounds: u32,
    size: usize,
    create: impl Fn() -> io::Result<F>,
) -> Result<f64> {
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
    Ok(nanoseconds(started.elapsed(), rounds))
}

/// As `bulk-bench` with `write`: one call for each chunk, which says where.
pub(crate) fn write<F>(
    rounds: u32,
    chunk: &[u8],
    offsets: &[u64],
    create: impl Fn() -> io::Result<F>,
    write: impl Fn(&mut F, &[u8], u64) -> io::Result<()>,
) -> Result<f64> {
    let mut spent = Duration::ZERO;
    for _ in 0..rounds {
        let mut file = create()?;
        let started = Instant::now();
        for offset in offsets {
            write(&mut file, chunk, *offset)?;
        }
        spent += started.elapsed();
        black_box(&mut file);
    }
    Ok(nanoseconds(spent, rounds))
}

/// As `bulk-bench` with `read`, from a file that is there.
pub(crate) fn read(
    rounds: u32,
    chunk: &mut [u8],
    offsets: &[u64],
    mut read: impl FnMut(&mut [u8], u64) -> io::Result<()>,
) -> Result<f64> {
    let started = Instant::now();
    for _ in 0..rounds {
        for offset in offsets {
            read(chunk, *offset)?;
            black_box(&mut *chunk);
        }
    }
    Ok(nanoseconds(started.elapsed(), rounds))
}

/// As `directory-bench`, with files by path.
pub(crate) fn directory(rounds: u32, files: u32, bytes: &[u8], dir: &Path) -> Result<f64> {
    let started = Instant::now();
    for _ in 0..rounds {
        let dir = TempDir::new_in(dir)?;
        for file in 0..files {
            fs::write(dir.path().join(file.to_string()), bytes)?;
        }
    }
    Ok(nanoseconds(started.elapsed(), rounds))
}

/// As `directory-bench`, with files in memory.
pub(crate) fn directory_in_memory(rounds: u32, files: u32, bytes: &[u8], dir: &Path) -> Result<f64> {
    let started = Instant::now();
    for _ in 0..rounds {
        let _dir = TempDir::new_in(dir)?;
        let mut held = Vec::new();
        for _ in 0..files {
            let mut file = SpooledTempFile::new(bytes.len());
            file.write_all(bytes)?;
            held.push(file);
        }
    }
    Ok(nanoseconds(started.elapsed(), rounds))
}

fn nanoseconds(spent: Duration, rounds: u32) -> f64 {
    spent.as_secs_f64() * 1e9 / f64::from(rounds)
}
