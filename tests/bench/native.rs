//! What the guests do, done by the crate `tempfile` without Wasm.

use std::hint::black_box;
use std::io::{self, Read, Seek, Write};
use std::time::Instant;

use anyhow::{Result, ensure};

/// As `loop-bench`: nanoseconds a round.
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
    Ok(started.elapsed().as_secs_f64() * 1e9 / f64::from(rounds))
}
