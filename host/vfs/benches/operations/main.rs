//! Operations of a space beside the same ones on tmpfs, and what they cost in large trees.
//!
//! `cargo bench -p scratch-vfs --bench operations` runs everything. Without a tmpfs, what would be compared with it is left out, and says so.
#![forbid(unsafe_code)]

mod contents;
mod growth;
mod names;
mod tmpfs;

use criterion::{Criterion, criterion_group, criterion_main};
use scratch_vfs::{Budget, Descriptor, Limits, OpenOptions, Space};
use std::collections::BTreeSet;
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

/// Returns the numbers of entries for a benchmark. Where it only runs as a test, as in `cargo test --benches`, there are few.
fn scaled<const N: usize>(entries: [usize; N]) -> BTreeSet<usize> {
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    entries
        .into_iter()
        .map(|entries| if is_bench { entries } else { entries.min(100) })
        .collect()
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
