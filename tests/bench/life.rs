//! The whole life of a temporary file (create, write, read back, drop) in loops inside the guest.

use anyhow::Result;
use scratch_tests::programs;
use tempfile::{NamedTempFile, SpooledTempFile};

use crate::bench::{Bench, bytes, named};
use crate::native;
use crate::subject::{Programs, Storage, Subject};
use crate::table::{Layout, Measuring, Shape, Table, Unit};

const TURNS: usize = 21;

/// Bytes, and the rounds of a turn.
const SIZES: [(u32, u32); 4] = [(0, 1_000), (4 << 10, 1_000), (64 << 10, 500), (1 << 20, 50)];

pub(crate) async fn table(bench: &Bench) -> Result<Table> {
    let programs = Programs::new(bench, "life", programs::LOOP_BENCH, programs::TEMPFILE_BENCH)?;
    let shape = Shape {
        name: "life",
        title: "The life of a file: create, write, read back, drop".to_owned(),
        unit: Unit::Microseconds,
        layout: Layout::Long {
            cases: "size",
            first: "native on disk",
        },
    };
    let sizes = named(&SIZES, |(size, _)| bytes(size));
    let measure = |(size, rounds), subject| -> Measuring<'_> { Box::pin(turn(&programs, size, rounds, subject)) };
    shape
        .measure(bench.turns(TURNS), &sizes, &Subject::all(), measure)
        .await
}

async fn turn(programs: &Programs<'_>, size: u32, rounds: u32, subject: Subject) -> Result<f64> {
    let (size_text, rounds_text) = (size.to_string(), rounds.to_string());
    let size = usize::try_from(size)?;
    match subject {
        Subject::Native(Storage::Disk) => native::life(rounds, size, || NamedTempFile::new_in(&programs.dir)),
        Subject::Native(Storage::Memory) => native::life(rounds, size, || Ok(SpooledTempFile::new(size + 1))),
        Subject::Ours(provided, storage) => {
            let args = ["loop-bench", storage.word(), &rounds_text, &size_text];
            programs.ours(provided, &args).await
        }
        Subject::Bare { blocking } => {
            let args = ["tempfile-bench", "life", &rounds_text, &size_text];
            programs.bare(blocking, &args).await
        }
    }
}
