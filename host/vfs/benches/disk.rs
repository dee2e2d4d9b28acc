//! Contents on disk beside plain files of the same file system: `cargo bench --package scratch-vfs --bench disk`.
//!
//! `SCRATCH_BENCH_DIR` names the directory. Without it, that is the directory for temporary files.
#![forbid(unsafe_code)]

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use scratch_vfs::{
    Budget, Descriptor, Limits, OpenOptions, PersistOptions, Reserve, Space, SpillDirectory, Target, Tier,
};
use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::Duration;

/// Sizes of reads and writes.
const SIZES: [usize; 4] = [64, 4 << 10, 64 << 10, 1 << 20];

/// Size of the files that are read and written.
const FILE: u64 = 64 << 20;

fn folder() -> PathBuf {
    std::env::var_os("SCRATCH_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from)
}

/// Makes a space that keeps contents in one tier.
fn space(tier: Tier) -> Space {
    let descriptors = if tier == Tier::OwnFile { 1_000 } else { 1 };
    let spill = SpillDirectory::builder()
        .reserve(Reserve::Bytes(0))
        .descriptors(descriptors)
        .open(folder())
        .expect("files can be made in the directory");
    let file_memory = if tier == Tier::Memory { None } else { Some(0) };
    let limits = Limits::none().to_builder().file_memory(file_memory);
    Space::builder(&Budget::with_spill(Limits::none(), spill))
        .limits(limits.build().expect("the limits agree"))
        .build()
        .expect("there is memory for a space")
}

fn create(space: &Space, name: &str) -> Descriptor {
    let options = OpenOptions::new().create(true).read(true).write(true);
    let root = space.root().expect("the space has a root");
    root.open_at(name, &options).expect("the file can be made")
}

fn fill(file: &Descriptor, size: u64) {
    let data = vec![1; 1 << 20];
    for start in (0..size).step_by(data.len()) {
        file.write_all(start, &data).expect("there is room");
    }
}

fn plain_file() -> File {
    let file = tempfile::tempfile_in(folder()).expect("a file can be made");
    let data = vec![1; 1 << 20];
    for start in (0..FILE).step_by(data.len()) {
        file.write_all_at(&data, start).expect("there is room");
    }
    file
}

fn reads_and_writes(criterion: &mut Criterion) {
    let plain = plain_file();
    let spaces = [("own file", space(Tier::OwnFile)), ("slots", space(Tier::Slots))];
    let files = spaces.each_ref().map(|(name, space)| {
        let file = create(space, "f");
        fill(&file, FILE);
        (*name, file)
    });
    for size in SIZES {
        let mut buffer = vec![1; size];
        let steps = FILE / u64::try_from(size).unwrap_or(FILE);
        let mut step = 0;
        let mut next = || {
            step = (step + 7) % steps;
            step * u64::try_from(size).unwrap_or(FILE)
        };
        let mut group = criterion.benchmark_group(format!("read {size}"));
        group.throughput(Throughput::Bytes(u64::try_from(size).unwrap_or(FILE)));
        group.bench_function("plain", |bencher| {
            bencher.iter(|| plain.read_exact_at(black_box(&mut buffer), next()));
        });
        for (name, file) in &files {
            group.bench_function(*name, |bencher| {
                bencher.iter(|| file.read(next(), black_box(&mut buffer)));
            });
        }
        group.finish();
        let mut group = criterion.benchmark_group(format!("write {size}"));
        group.throughput(Throughput::Bytes(u64::try_from(size).unwrap_or(FILE)));
        group.bench_function("plain", |bencher| {
            bencher.iter(|| plain.write_all_at(black_box(&buffer), next()));
        });
        for (name, file) in &files {
            group.bench_function(*name, |bencher| {
                bencher.iter(|| file.write_all(next(), black_box(&buffer)));
            });
        }
        group.finish();
    }
}

/// The life of a file: made, written, deleted.
fn lives(criterion: &mut Criterion) {
    for size in [4 << 10, 64 << 10, 1 << 20] {
        let data = vec![1; size];
        let mut group = criterion.benchmark_group(format!("life {size}"));
        let folder = tempfile::tempdir_in(folder()).expect("a directory can be made");
        let path = folder.path().join("f");
        group.bench_function("plain", |bencher| {
            bencher.iter(|| {
                let file = File::create(&path)?;
                file.write_all_at(&data, 0)?;
                std::fs::remove_file(&path)
            });
        });
        for (name, tier) in [
            ("own file", Tier::OwnFile),
            ("slots", Tier::Slots),
            ("memory", Tier::Memory),
        ] {
            let space = space(tier);
            let root = space.root().expect("the space has a root");
            // Others live meanwhile, so that the slot file is never empty.
            create(&space, "other").write_all(0, b"x").expect("there is room");
            group.bench_function(name, |bencher| {
                bencher.iter(|| {
                    create(&space, "f").write_all(0, &data)?;
                    root.unlink_file_at("f")
                });
            });
        }
        group.finish();
    }
}

/// A content of 4 MiB that moves to disk, beside writing as much to a plain file.
fn moves(criterion: &mut Criterion) {
    let data = vec![1; 4 << 20];
    let mut group = criterion.benchmark_group("move 4194304");
    group.bench_function("plain", |bencher| {
        bencher.iter_batched(
            || tempfile::tempfile_in(folder()).expect("a file can be made"),
            |file| {
                file.write_all_at(&data, 0).expect("there is room");
                file
            },
            BatchSize::PerIteration,
        );
    });
    let spaces = [("own file", space(Tier::OwnFile)), ("slots", space(Tier::Slots))];
    for (name, space) in &spaces {
        space.set_limits(Limits::none());
        group.bench_function(*name, |bencher| {
            bencher.iter_batched(
                || {
                    let file = space.create_nameless(None).expect("the file can be made");
                    file.write_all(0, &data).expect("there is room");
                    file
                },
                |file| {
                    file.move_to_disk().expect("there is room");
                    file
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// Slots of all sizes that are freed and used again.
fn churn(criterion: &mut Criterion) {
    let space = space(Tier::Slots);
    let root = space.root().expect("the space has a root");
    let data = vec![1; 1 << 20];
    let mut number = 0_usize;
    criterion.bench_function("churn of 200 slots", |bencher| {
        bencher.iter(|| {
            number += 1;
            let name = format!("f{}", number % 200);
            let length = (number * 7_919) % (256 << 10);
            let _ = root.unlink_file_at(&name);
            create(&space, &name).write_all(0, &data[..length])
        });
    });
}

/// The end of a space with 1 GiB on disk, beside the deletion of a plain file.
fn ends(criterion: &mut Criterion) {
    let size = if criterion_is_testing() { 1 << 20 } else { 1 << 30 };
    let mut group = criterion.benchmark_group(format!("end with {size}"));
    group.sample_size(10).measurement_time(Duration::from_secs(1));
    group.bench_function("plain", |bencher| {
        bencher.iter_batched(
            || {
                let file = tempfile::NamedTempFile::new_in(folder()).expect("a file can be made");
                let data = vec![1; 1 << 20];
                for start in (0..size).step_by(data.len()) {
                    file.as_file().write_all_at(&data, start).expect("there is room");
                }
                file
            },
            |file| file.close(),
            BatchSize::PerIteration,
        );
    });
    for (name, tier) in [("own file", Tier::OwnFile), ("slots", Tier::Slots)] {
        group.bench_with_input(BenchmarkId::from_parameter(name), &tier, |bencher, tier| {
            bencher.iter_batched(
                || {
                    let space = space(*tier);
                    fill(&create(&space, "f"), size);
                    space
                },
                |space| space.end(),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// A content that gets a name in a directory of the host, beside making a plain file durable.
fn persists(criterion: &mut Criterion) {
    let size = if criterion_is_testing() { 1 << 20 } else { 256 << 20 };
    let target = tempfile::tempdir_in(folder()).expect("a directory can be made");
    let mut group = criterion.benchmark_group(format!("persist {size}"));
    group.sample_size(10).measurement_time(Duration::from_secs(1));
    group.bench_function("plain", |bencher| {
        bencher.iter_batched(
            || {
                let file = tempfile::tempfile_in(folder()).expect("a file can be made");
                let data = vec![1; 1 << 20];
                for start in (0..size).step_by(data.len()) {
                    file.write_all_at(&data, start).expect("there is room");
                }
                file
            },
            |file| file.sync_data(),
            BatchSize::PerIteration,
        );
    });
    for (name, tier) in [("own file", Tier::OwnFile), ("slots", Tier::Slots)] {
        let space = space(tier);
        let directory = || File::open(target.path()).expect("the directory exists");
        let target = Target::new(directory(), "result").expect("the name is good");
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || {
                    let file = create(&space, "f");
                    fill(&file, size);
                    file
                },
                |file| {
                    let options = PersistOptions::new().replace(true);
                    space.persist_file(&file, &target, options).expect("there is room");
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// Returns whether each benchmark only runs once, as `cargo test` has it.
fn criterion_is_testing() -> bool {
    !std::env::args().any(|argument| argument == "--bench")
}

criterion_group!(benches, reads_and_writes, lives, moves, churn, ends, persists);
criterion_main!(benches);
