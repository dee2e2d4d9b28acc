//! Operations of a space beside the same ones on tmpfs, and what they cost in large trees.
//!
//! `cargo bench -p scratch-vfs --bench operations` runs everything. Without a tmpfs, what would be compared with it is left out, and says so.
#![forbid(unsafe_code)]
#![expect(missing_docs, reason = "criterion's macros make functions without documentation")]

mod contents;
mod growth;
mod names;
mod tmpfs;

use criterion::{Criterion, criterion_group, criterion_main};
use scratch_vfs::{Budget, Descriptor, Limits, OpenOptions, Space};
use std::time::Duration;

criterion_group! {
    name = operations;
    // Short, because there are many, and because their times differ by factors and not by percents.
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = names::compare, contents::compare, growth::measure, growth::measure_end
}
criterion_main!(operations);

/// Returns a number of entries for a benchmark. A test, which `cargo test --benches` runs, has to do with fewer.
fn scaled(entries: usize) -> usize {
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    if is_bench { entries } else { entries.min(100) }
}

/// Makes a space without limits.
fn space() -> Space {
    Space::builder(&Budget::new(Limits::none()))
        .limits(Limits::none())
        .build()
        .expect("there is memory for a space")
}

fn creating() -> OpenOptions {
    OpenOptions::new().create(true).read(true).write(true)
}

/// A name of 16 bytes.
fn name(number: usize) -> String {
    format!("file-{number:011}")
}

/// Creates so many files in a directory.
fn fill(directory: &Descriptor, files: usize) {
    for number in 0..files {
        directory
            .open_at(name(number), &creating())
            .expect("the file can be made");
    }
}
