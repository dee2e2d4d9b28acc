//! A directory, many small files in it, and the drop of it all.

use anyhow::Result;
use scratch_tests::programs;

use crate::bench::{Bench, bytes, only};
use crate::native;
use crate::subject::{Programs, Storage, Subject};
use crate::table::{Layout, Measuring, Shape, Table, Unit};

const TURNS: usize = 11;
const ROUNDS: u32 = 10;
const FILES: u32 = 100;
const FILE_BYTES: u32 = 1 << 10;

pub(crate) async fn table(bench: &Bench) -> Result<Table> {
    let programs = Programs::new(bench, "directory", programs::DIRECTORY_BENCH, programs::TEMPFILE_BENCH)?;
    let shape = Shape {
        name: "directory",
        title: format!(
            "A directory with {FILES} files of {}, made, filled and dropped: on disk by path, in memory with a handle each",
            bytes(FILE_BYTES)
        ),
        unit: Unit::Microseconds,
        layout: Layout::Long {
            cases: "",
            first: "native on disk",
        },
    };
    let measure = |(), subject| -> Measuring<'_> { Box::pin(turn(&programs, subject)) };
    shape
        .measure(bench.turns(TURNS), &only("100 files"), &Subject::all(), measure)
        .await
}

async fn turn(programs: &Programs<'_>, subject: Subject) -> Result<f64> {
    let numbers = [ROUNDS, FILES, FILE_BYTES].map(|number| number.to_string());
    let [rounds, files, size] = &numbers;
    let bytes = vec![0x5a; usize::try_from(FILE_BYTES)?];
    match subject {
        Subject::Native(Storage::Disk) => native::directory(ROUNDS, FILES, &bytes, &programs.dir),
        Subject::Native(Storage::Memory) => native::directory_in_memory(ROUNDS, FILES, &bytes, &programs.dir),
        Subject::Ours(provided, storage) => {
            let place = match storage {
                Storage::Disk => "path",
                Storage::Memory => "memory",
            };
            let args = ["directory-bench", place, rounds, files, size];
            programs.ours(provided, &args).await
        }
        Subject::Bare { blocking } => {
            let args = ["tempfile-bench", "directory", rounds, files, size];
            programs.bare(blocking, &args).await
        }
    }
}
