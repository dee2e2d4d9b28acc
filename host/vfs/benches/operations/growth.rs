//! How operations grow with the entries of a directory.
//!
//! The tables do the same for each number of entries. What grows is the memory that they are in: with 1,000,000 entries it is in no cache of
//! the processor any more, and each operation waits for it. Names come in no order here, which is the worst case.

use crate::{creating, fill, name, scaled, space};
use criterion::{BatchSize, BenchmarkId, Criterion};
use scratch_vfs::OpenOptions;
use std::hint::black_box;

/// Goes through the numbers below a limit in an order that looks random.
fn shuffled(entries: usize) -> impl FnMut() -> usize {
    let mut number = 0;
    move || {
        // A prime number reaches all of them, unless it divides their count.
        number = (number + 7_919) % entries;
        number
    }
}

pub(crate) fn measure(criterion: &mut Criterion) {
    for entries in scaled([1, 100, 10_000, 1_000_000]) {
        let space = space();
        let root = space.root().unwrap();
        fill(&root, entries);
        let names: Vec<_> = (0..entries).map(name).collect();
        let reading = OpenOptions::new().read(true);

        let mut group = criterion.benchmark_group("in a directory with other entries");
        let mut next = shuffled(entries);
        group.bench_function(BenchmarkId::new("open and close", entries), |bencher| {
            bencher.iter(|| drop(black_box(root.open_at(&names[next()], &reading).unwrap())));
        });
        group.bench_function(BenchmarkId::new("stat", entries), |bencher| {
            bencher.iter(|| black_box(root.stat_at(&names[next()], true).unwrap()));
        });
        group.bench_function(BenchmarkId::new("create, close and unlink", entries), |bencher| {
            bencher.iter(|| {
                drop(root.open_at("new", &creating()).unwrap());
                root.unlink_file_at("new").unwrap();
            });
        });
        group.bench_function(BenchmarkId::new("rename there and back", entries), |bencher| {
            bencher.iter(|| {
                let name = &names[next()];
                root.rename_at(name, &root, "new").unwrap();
                root.rename_at("new", &root, name).unwrap();
            });
        });
        group.bench_function(BenchmarkId::new("next entry of a listing", entries), |bencher| {
            let mut listing = root.list().unwrap();
            bencher.iter(|| {
                if black_box(listing.next().unwrap()).is_none() {
                    listing.seek(0).unwrap();
                }
            });
        });
        group.finish();
    }
}

pub(crate) fn measure_end(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("end");
    group.sample_size(10);
    for files in scaled([1_000_000]) {
        group.bench_function(BenchmarkId::new("files", files), |bencher| {
            bencher.iter_batched(
                || {
                    let space = space();
                    fill(&space.root().unwrap(), files);
                    space
                },
                |space| {
                    assert_eq!(space.end().entries, u64::try_from(files).unwrap());
                    space
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}
