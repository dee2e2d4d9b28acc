//! What works on names: opening, creating, renaming, listing.

use crate::tmpfs::Tmpfs;
use crate::{creating, fill, name, scaled, space};
use criterion::{Criterion, Throughput};
use scratch_vfs::OpenOptions;
use std::fs;
use std::hint::black_box;

/// Runs the same operation in a space and on tmpfs.
fn pair(criterion: &mut Criterion, operation: &str, mut ours: impl FnMut(), tmpfs: Option<impl FnMut()>) {
    let mut group = criterion.benchmark_group(operation);
    group.bench_function("space", |bencher| bencher.iter(&mut ours));
    if let Some(mut theirs) = tmpfs {
        group.bench_function("tmpfs", |bencher| bencher.iter(&mut theirs));
    }
    group.finish();
}

pub(crate) fn compare(criterion: &mut Criterion) {
    let space = space();
    let root = space.root().unwrap();
    let tmpfs = Tmpfs::new();
    root.open_at("file", &creating()).unwrap();
    if let Some(tmpfs) = &tmpfs {
        tmpfs.create("file");
    }
    let reading = OpenOptions::new().read(true);
    pair(
        criterion,
        "open and close",
        || drop(black_box(root.open_at("file", &reading).unwrap())),
        tmpfs.as_ref().map(|tmpfs| {
            let path = tmpfs.path("file");
            move || drop(black_box(fs::File::open(&path).unwrap()))
        }),
    );
    pair(
        criterion,
        "stat",
        || {
            black_box(root.stat_at("file", true).unwrap());
        },
        tmpfs.as_ref().map(|tmpfs| {
            let path = tmpfs.path("file");
            move || {
                black_box(fs::metadata(&path).unwrap());
            }
        }),
    );
    pair(
        criterion,
        "create, close and unlink",
        || {
            drop(root.open_at("new", &creating()).unwrap());
            root.unlink_file_at("new").unwrap();
        },
        tmpfs.as_ref().map(|tmpfs| {
            let path = tmpfs.path("new");
            move || {
                drop(tmpfs.create("new"));
                fs::remove_file(&path).unwrap();
            }
        }),
    );
    pair(
        criterion,
        "mkdir and rmdir",
        || {
            root.create_directory_at("new", None).unwrap();
            root.remove_directory_at("new").unwrap();
        },
        tmpfs.as_ref().map(|tmpfs| {
            let path = tmpfs.path("new");
            move || {
                fs::create_dir(&path).unwrap();
                fs::remove_dir(&path).unwrap();
            }
        }),
    );
    pair(
        criterion,
        "rename there and back",
        || {
            root.rename_at("file", &root, "other").unwrap();
            root.rename_at("other", &root, "file").unwrap();
        },
        tmpfs.as_ref().map(|tmpfs| {
            let (file, other) = (tmpfs.path("file"), tmpfs.path("other"));
            move || {
                fs::rename(&file, &other).unwrap();
                fs::rename(&other, &file).unwrap();
            }
        }),
    );
    for entries in scaled([100, 100_000]) {
        list(criterion, entries);
    }
}

fn list(criterion: &mut Criterion, entries: usize) {
    let space = space();
    let root = space.root().unwrap();
    fill(&root, entries);
    let mut group = criterion.benchmark_group(format!("list {entries}"));
    group.sample_size(10);
    group.throughput(Throughput::Elements(u64::try_from(entries).unwrap()));
    group.bench_function("space", |bencher| {
        bencher.iter(|| {
            let mut listing = root.list().unwrap();
            while let Some(entry) = listing.next().unwrap() {
                black_box(entry);
            }
        });
    });
    if let Some(tmpfs) = Tmpfs::new() {
        (0..entries).for_each(|number| drop(tmpfs.create(&name(number))));
        group.bench_function("tmpfs", |bencher| {
            bencher.iter(|| {
                fs::read_dir(tmpfs.path(""))
                    .unwrap()
                    .for_each(|entry| drop(black_box(entry.unwrap())))
            });
        });
    }
    group.finish();
}
