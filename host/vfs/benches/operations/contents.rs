//! Reading and writing, beside tmpfs and beside a copy in memory, which nothing can be faster than.
//!
//! Some processors copy 64 KiB ten times slower if the target begins a few bytes behind the source, counted from the beginning of their 4 KiB
//! of memory. So each copy here has another alignment than the one before.

use crate::tmpfs::{self, Tmpfs};
use crate::{creating, space};
use criterion::{BenchmarkId, Criterion, Throughput};
use std::hint::black_box;

/// Alignments that make a difference, in bytes.
const ALIGNMENT: usize = 4 << 10;

/// From one alignment to the next: it comes to all multiples of 16.
const STEP: usize = 16 * 37;

pub(crate) fn compare(criterion: &mut Criterion) {
    let space = space();
    let file = space.root().unwrap().open_at("file", &creating()).unwrap();
    let tmpfs = Tmpfs::new();
    let other = tmpfs.as_ref().map(|tmpfs| tmpfs.create("file"));
    for size in [64, 4 << 10, 64 << 10, 1 << 20] {
        let data = vec![1_u8; size + ALIGNMENT];
        let mut buffer = vec![0_u8; size + ALIGNMENT];
        let mut copy = vec![2_u8; size];
        let mut at = 0;
        let mut next = || {
            at = (at + STEP) % ALIGNMENT;
            at..at + size
        };
        let bytes = u64::try_from(size).unwrap();

        let mut group = criterion.benchmark_group("write");
        group.throughput(Throughput::Bytes(bytes));
        group.bench_function(BenchmarkId::new("memory", size), |bencher| {
            bencher.iter(|| black_box(&mut copy[..]).copy_from_slice(black_box(&data[next()])));
        });
        group.bench_function(BenchmarkId::new("space", size), |bencher| {
            bencher.iter(|| file.write_all(0, black_box(&data[next()])).unwrap());
        });
        if let Some(other) = &other {
            group.bench_function(BenchmarkId::new("tmpfs", size), |bencher| {
                bencher.iter(|| tmpfs::write_at(other, black_box(&data[next()])).unwrap());
            });
        }
        group.finish();

        let mut group = criterion.benchmark_group("read");
        group.throughput(Throughput::Bytes(bytes));
        group.bench_function(BenchmarkId::new("memory", size), |bencher| {
            bencher.iter(|| black_box(&mut buffer[next()]).copy_from_slice(black_box(&copy)));
        });
        group.bench_function(BenchmarkId::new("space", size), |bencher| {
            bencher.iter(|| assert_eq!(file.read(0, black_box(&mut buffer[next()])), Ok(size)));
        });
        if let Some(other) = &other {
            group.bench_function(BenchmarkId::new("tmpfs", size), |bencher| {
                bencher.iter(|| tmpfs::read_at(other, black_box(&mut buffer[next()])).unwrap());
            });
        }
        group.finish();
    }
}
