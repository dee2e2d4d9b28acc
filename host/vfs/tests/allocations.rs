//! How much memory a space takes, counted by the allocator: what the documentation of the crate states, at its worst.
//!
//! The allocator counts what the whole process allocates. So there is one test, which goes through the cases one after the other.
#![forbid(unsafe_code)]

use scratch_vfs::{Budget, Descriptor, Error, Limits, LimitsBuilder, Listing, OpenOptions, Space, Tag};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Bytes for each entry that a limit allows, as the documentation states.
const PER_ENTRY: usize = 640;

/// Bytes for each open file that a limit allows, as the documentation states.
const PER_OPEN_FILE: usize = 64;

/// Bytes of a space that nobody uses, as the documentation states.
const UNUSED: usize = 4 * 1024;

/// Bytes of an entry with a name of 16 bytes, with its share of all tables.
const SHORT_NAMED: usize = 320;

/// Size of a page of a file.
const PAGE: u64 = 64 * 1024;

/// Returns the bytes that are allocated.
fn allocated() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

fn unlimited() -> Limits {
    Limits::none()
}

fn space(limits: Limits) -> Space {
    Space::builder(&Budget::new(unlimited())).limits(limits).build().unwrap()
}

fn creating() -> OpenOptions {
    OpenOptions::new().create(true).read(true).write(true)
}

fn open_directory(directory: &Descriptor, path: &str) -> Descriptor {
    directory.open_at(path, &OpenOptions::new()).unwrap()
}

/// Returns a name of 255 bytes.
fn long_name(number: usize) -> String {
    format!("{number:0>255}")
}

/// The limits of the command's `run`.
fn run_limits() -> LimitsBuilder {
    Limits::builder()
        .bytes(1 << 30)
        .entries(65_536)
        .open_files(256)
        .memory(64 << 20)
        .file_memory(4 << 20)
}

#[test]
fn memory_is_within_what_the_documentation_states() {
    // What the process allocates once comes first.
    measure("warm-up", || fill(&space(Limits::default()), Shape::Links));
    let before = allocated();

    an_unused_space_takes_little();
    entries_take_little_at_every_size();
    for limits in [Limits::default(), run_limits().build().unwrap()] {
        for shape in Shape::ALL {
            a_full_space_is_within_its_bound(limits, shape);
        }
    }
    the_free_pages_of_a_process_are_bounded_and_given_back();

    assert_eq!(allocated(), before, "something is still allocated at the end");
}

/// Runs something, and returns its result. Whatever it allocates beyond the result is given back.
fn measure<T>(case: &str, run: impl FnOnce() -> T) -> T {
    let before = allocated();
    let result = run();
    println!("{case}: {} bytes", allocated() - before);
    result
}

fn an_unused_space_takes_little() {
    let budget = Budget::new(unlimited());
    let before = allocated();
    let label = "l".repeat(128).parse().unwrap();
    let space = Space::builder(&budget).label(label).build().unwrap();
    let bytes = allocated() - before;
    println!("a space that nobody uses: {bytes} bytes");
    assert!(bytes <= UNUSED);
    drop(space);
    assert_eq!(allocated(), before);
}

/// Tables grow by steps, so the worst is just behind a step.
fn entries_take_little_at_every_size() {
    for entries in [
        1_000, 1_025, 4_097, 16_385, 65_537, 100_000, 262_145, 524_289, 1_000_000, 1_048_577,
    ] {
        let before = allocated();
        let space = space(unlimited());
        let root = space.root().unwrap();
        let mut peak = 0;
        for number in 0..entries {
            root.open_at(format!("file-{number:011}"), &creating()).unwrap();
            if number % 64 == 0 {
                peak = peak.max(allocated() - before);
            }
        }
        let peak = peak.max(allocated() - before);
        println!("{entries} files with names of 16 bytes: {} bytes each at the peak", peak / entries);
        assert!(peak <= SHORT_NAMED * entries);
        // All in one directory, or each in one of its own.
        drop((root, space));
        assert_eq!(allocated(), before);
    }
}

/// What a space is filled with: something of every limit, and one kind of entries.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// Empty files, in one directory.
    Files,
    /// Symbolic links, whose targets use up the memory.
    Links,
    /// Directories, each in the one before, each of which had as many entries as fit before.
    EmptiedDirectories,
    /// Files in one directory, most of which were removed again wherever that saves least.
    SparseDirectory,
    /// Files with one byte at the end of a hole.
    Holes,
    /// Files that had all memory once.
    Truncated,
    /// Files that a limit refused a page.
    Refused,
}

impl Shape {
    const ALL: [Self; 7] = [
        Self::Files,
        Self::Links,
        Self::EmptiedDirectories,
        Self::SparseDirectory,
        Self::Holes,
        Self::Truncated,
        Self::Refused,
    ];
}

/// Fills a space up to all of its limits, and checks the most that it took.
fn a_full_space_is_within_its_bound(limits: Limits, shape: Shape) {
    let size = |limit: Option<u64>| usize::try_from(limit.unwrap()).unwrap();
    let (entries, open_files) = (size(limits.entries()), size(limits.open_files()));
    let bound = UNUSED + PER_ENTRY * entries + size(limits.memory()) + PER_OPEN_FILE * open_files;

    let before = allocated();
    let space = space(limits);
    let open = fill(&space, shape);
    let bytes = allocated() - before;
    println!("{shape:?} at {entries} entries: {bytes} of {bound} bytes");
    assert!(bytes <= bound, "{shape:?} takes {bytes} bytes, and {bound} are stated");

    // All limits are met, so that nothing takes more.
    let usage = space.usage();
    assert_eq!(usage.entries.used, limits.entries().unwrap());
    assert_eq!(usage.open_files.used, limits.open_files().unwrap());

    let ended = space.end();
    assert_eq!((ended.left.entries, ended.left.memory), (0, 0));
    drop((open, space));
    assert_eq!(allocated(), before, "{shape:?} leaves something");
}
