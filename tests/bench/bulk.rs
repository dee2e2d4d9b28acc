//! Large files, written and read in chunks, one call for each.

use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::FileExt as _;

use anyhow::Result;
use scratch_tests::programs;
use tempfile::{NamedTempFile, SpooledTempFile};

use crate::bench::{Bench, bytes, named};
use crate::native;
use crate::subject::{Programs, Storage, Subject};
use crate::table::{Layout, Measuring, Shape, Table, Unit};

const TURNS: usize = 11;
const ROUNDS: u32 = 3;
/// As much as `scratch run` leaves in memory, and room for another.
const FILE_BYTES: u32 = 8 << 20;
const CHUNKS: [u32; 3] = [4 << 10, 64 << 10, 1 << 20];

#[derive(Clone, Copy)]
enum Operation {
    Write,
    Read,
}

/// Writes, and reads.
pub(crate) async fn tables(bench: &Bench) -> Result<Vec<Table>> {
    let programs = Programs::new(bench, "bulk", programs::BULK_BENCH, programs::TEMPFILE_BENCH)?;
    let chunks = named(&CHUNKS, bytes);
    let mut tables = Vec::new();
    for operation in [Operation::Write, Operation::Read] {
        let measure = |chunk, subject| -> Measuring<'_> { Box::pin(turn(&programs, operation, chunk, subject)) };
        let shape = operation.shape();
        tables.push(
            shape
                .measure(bench.turns(TURNS), &chunks, &Subject::all(), measure)
                .await?,
        );
    }
    Ok(tables)
}

impl Operation {
    fn shape(self) -> Shape {
        let size = bytes(FILE_BYTES);
        let (name, title, first) = match self {
            Operation::Write => (
                "writes",
                format!("Writing a new file of {size} in chunks, a call for each"),
                "`pwrite`, in time",
            ),
            Operation::Read => (
                "reads",
                format!("Reading a file of {size} in chunks, a call for each"),
                "`pread`, in time",
            ),
        };
        Shape {
            name,
            title,
            unit: Unit::MegabytesPerSecond { bytes: FILE_BYTES },
            layout: Layout::Long { cases: "chunk", first },
        }
    }

    /// As the programs call it.
    fn word(self) -> &'static str {
        match self {
            Operation::Write => "write",
            Operation::Read => "read",
        }
    }
}

async fn turn(programs: &Programs<'_>, operation: Operation, chunk: u32, subject: Subject) -> Result<f64> {
    let numbers = [ROUNDS, chunk, FILE_BYTES / chunk].map(|number| number.to_string());
    let [rounds, size, chunks] = &numbers;
    match subject {
        Subject::Native(Storage::Disk) => on_disk(programs, operation, chunk),
        Subject::Native(Storage::Memory) => in_memory(operation, chunk),
        Subject::Ours(provided, storage) => {
            let args = ["bulk-bench", storage.word(), operation.word(), rounds, size, chunks];
            programs.ours(provided, &args).await
        }
        Subject::Bare { blocking } => {
            let args = ["tempfile-bench", operation.word(), rounds, size, chunks];
            programs.bare(blocking, &args).await
        }
    }
}

fn on_disk(programs: &Programs<'_>, operation: Operation, chunk: u32) -> Result<f64> {
    let (mut bytes, offsets) = plan(chunk)?;
    let create = || NamedTempFile::new_in(&programs.dir);
    match operation {
        Operation::Write => native::write(ROUNDS, &bytes, &offsets, create, |file, bytes, offset| {
            file.as_file().write_all_at(bytes, offset)
        }),
        Operation::Read => {
            let file = create()?;
            for offset in &offsets {
                file.as_file().write_all_at(&bytes, *offset)?;
            }
            native::read(ROUNDS, &mut bytes, &offsets, |bytes, offset| {
                file.as_file().read_exact_at(bytes, offset)
            })
        }
    }
}

/// One that has a cursor only.
fn in_memory(operation: Operation, chunk: u32) -> Result<f64> {
    let (mut bytes, offsets) = plan(chunk)?;
    let create = || Ok(SpooledTempFile::new(usize::MAX));
    match operation {
        Operation::Write => native::write(ROUNDS, &bytes, &offsets, create, |file, bytes, _| file.write_all(bytes)),
        Operation::Read => {
            let mut file = SpooledTempFile::new(usize::MAX);
            for _ in &offsets {
                file.write_all(&bytes)?;
            }
            native::read(ROUNDS, &mut bytes, &offsets, |bytes, offset| {
                if offset == 0 {
                    file.rewind()?;
                }
                file.read_exact(bytes)
            })
        }
    }
}

/// A chunk, and where each of them begins.
fn plan(chunk: u32) -> Result<(Vec<u8>, Vec<u64>)> {
    let offsets = (0..FILE_BYTES / chunk).map(|number| u64::from(number * chunk));
    Ok((vec![0x5a; usize::try_from(chunk)?], offsets.collect()))
}
