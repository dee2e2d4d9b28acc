//! What the guard costs: each operation of `wasi:filesystem` with it and without.

use std::fs;

use anyhow::Result;
use scratch_tests::programs;

use crate::bare::Bare;
use crate::bench::{Bench, Quick, named};
use crate::ours::{Ours, Provided};
use crate::table::{Layout, Measuring, Shape, Table, Unit};

const TURNS: usize = 31;

/// What the program does, how often, and what that is.
const OPERATIONS: [(&str, u32, &str); 7] = [
    ("open-write-close", 1000, "open a file, write 64 bytes, close"),
    ("create-unlink", 1000, "create a file, close, unlink"),
    ("write", 5000, "write 64 bytes at an offset"),
    ("stream", 200, "16 writes of 4 KiB to a stream, each flushed"),
    ("readdir", 200, "list a directory of 100"),
    ("stat", 5000, "stat"),
    ("mkdir-rmdir", 200, "make a directory and remove it"),
];

pub(crate) async fn table(bench: &Bench) -> Result<Table> {
    let place = Quick::new(bench, "guard")?;
    let (dir, base) = (place.dir.path().join("plain"), place.dir.path().join("base"));
    fs::create_dir(&dir)?;
    let ours = Ours::new(&base)?;
    let bare = Bare::bounded(programs::GUARD_BENCH)?;
    let guest = ours.guest(programs::GUARD_BENCH, Provided::Native)?;
    let shape = Shape {
        name: "guard",
        title: format!(
            "What the guard costs: operations of a program that knows nothing of scratch, in {}",
            place.name
        ),
        unit: Unit::Microseconds,
        layout: Layout::Wide {
            cases: "what",
            ratio: "ratio",
        },
    };
    let (dir, bare, ours, guest) = (&dir, &bare, &ours, &guest);
    let measure = |(operation, rounds, _): (&'static str, u32, _), is_guarded| -> Measuring<'_> {
        Box::pin(async move {
            let rounds = rounds.to_string();
            let args = ["guard-bench", operation, &rounds];
            match is_guarded {
                false => bare.number(dir, &args, true).await,
                true => ours.number(guest, &args).await,
            }
        })
    };
    let operations = named(&OPERATIONS, |(_, _, what)| what.to_owned());
    let hosts = [("bare wasmtime-wasi".to_owned(), false), ("guarded".to_owned(), true)];
    shape.measure(bench.turns(TURNS), &operations, &hosts, measure).await
}
