//! How much memory a space takes, counted by the allocator: what the documentation of the crate states, at its worst.
//!
//! The allocator counts what the whole process allocates. So this is a program without the threads of a test harness, which goes through
//! the cases one after the other.
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

/// Moves of files in one test: enough for a small space, and for a part of a large one in a few seconds.
const MOVES: usize = 512 * 512;

/// Files that ask for more memory than there is.
const REFUSED: usize = 64;

/// How often a directory is filled up and made sparse.
const ROUNDS: usize = 8;

/// Size of a page of a file.
const PAGE: u64 = 64 * 1024;

/// Returns the bytes that are allocated.
fn allocated() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

fn space(limits: Limits) -> Space {
    Space::builder(&Budget::new(Limits::none()))
        .limits(limits)
        .build()
        .unwrap()
}

/// Opens for reading and writing, and creates a file with a tag of its own.
fn creating(number: usize) -> OpenOptions {
    OpenOptions::new()
        .create(true)
        .exclusive(true)
        .read(true)
        .write(true)
        .tag(tag(number))
}

fn tag(number: usize) -> Option<Tag> {
    Some(Tag(u64::try_from(number).unwrap()))
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

/// Returns how many entries a space has.
fn used(space: &Space) -> usize {
    to_usize(space.usage().entries.used)
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

fn main() {
    // What the process allocates once comes first.
    drop(space(Limits::default()));
    println!("the standard output has its buffer");
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

fn an_unused_space_takes_little() {
    let before = allocated();
    let budget = Budget::new(Limits::none());
    let with_budget = allocated();
    let label = "l".repeat(128).parse().unwrap();
    let space = Space::builder(&budget).label(label).build().unwrap();
    let bytes = allocated() - with_budget;
    println!("a space that nobody uses: {bytes} bytes");
    assert!(bytes <= UNUSED);
    drop((space, budget));
    assert_eq!(allocated(), before);
}

/// Tables grow by steps, so the worst is just behind a step.
fn entries_take_little_at_every_size() {
    let creating = OpenOptions::new().create(true);
    for entries in [1_000, 1_025, 16_385, 131_073, 1_000_000] {
        let before = allocated();
        let space = space(Limits::none());
        let root = space.root().unwrap();
        let mut peak = 0;
        for number in 0..entries {
            root.open_at(format!("file-{number:011}"), &creating).unwrap();
            if number % 64 == 0 {
                peak = peak.max(allocated() - before);
            }
        }
        let peak = peak.max(allocated() - before);
        println!(
            "{entries} files with names of 16 bytes: {} bytes each at the peak",
            peak / entries
        );
        assert!(peak <= SHORT_NAMED * entries);
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
    let bound = PER_ENTRY * entries + size(limits.memory()) + PER_OPEN_FILE * open_files;

    let before = allocated();
    let budget = Budget::new(Limits::none());
    let space = Space::builder(&budget).limits(limits).build().unwrap();
    let open = fill(&space, &limits, shape);
    budget.trim();
    let bytes = allocated() - before;
    println!("{shape:?} at {entries} entries: {bytes} of {bound} bytes");
    assert!(bytes <= bound, "{shape:?} takes {bytes} bytes, and {bound} are stated");

    let usage = space.usage();
    for gauge in [usage.bytes, usage.entries, usage.open_files] {
        assert_eq!(Some(gauge.used), gauge.limit, "{shape:?} is at every limit");
    }
    let ended = space.end();
    assert_eq!((ended.left.entries, ended.left.bytes, ended.left.memory), (0, 0, 0));
    drop((open, space));
    budget.trim();
    drop(budget);
    assert_eq!(allocated(), before, "{shape:?} leaves something");
}

/// Fills a space up to its limits. Returns what is open then.
fn fill(space: &Space, limits: &Limits, shape: Shape) -> (Vec<Descriptor>, Vec<Listing>) {
    let size = |limit: Option<u64>| usize::try_from(limit.unwrap()).unwrap();
    let (entries, open_files, memory) = (size(limits.entries()), size(limits.open_files()), size(limits.memory()));
    let root = space.root().unwrap();
    // A quarter of what is open has no name any more.
    let mut files = Vec::with_capacity(open_files / 4);
    for number in 0..open_files / 4 {
        files.push(root.open_at(long_name(number), &creating(number)).unwrap());
        root.unlink_file_at(long_name(number)).unwrap();
    }
    match shape {
        Shape::Files => {}
        Shape::Links => {
            let target = "t".repeat((memory / entries).min(4_095));
            while root
                .symlink_at(&target, long_name(used(space)), tag(used(space)))
                .is_ok()
            {}
        }
        Shape::EmptiedDirectories => make_emptied_directories(space, &root, entries),
        Shape::SparseDirectory => make_sparse_directory(space, &root),
        Shape::Holes => {
            // One byte in the second page of a file takes a page, and one in the first page of another the smallest buffer.
            while let Ok(file) = root.open_at(long_name(used(space)), &creating(used(space))) {
                if file.write(PAGE, &[1]).is_err() && file.write(0, &[1]).is_err() {
                    break;
                }
            }
        }
        Shape::Truncated => {
            let pages = limits.memory().unwrap() / PAGE;
            for taken in 0..pages - 1 {
                let file = root.open_at(long_name(used(space)), &creating(used(space))).unwrap();
                (1..=pages - taken).for_each(|page| {
                    file.write(page * PAGE, &[1]).unwrap();
                });
                // One page stays, and what was behind it is cut off.
                file.set_size(PAGE + 1).unwrap();
            }
        }
        Shape::Refused => {
            let data = vec![1; memory + to_usize(PAGE)];
            for _ in 0..REFUSED {
                let file = root.open_at(long_name(used(space)), &creating(used(space))).unwrap();
                assert_eq!(file.write_all(PAGE, &data), Err(Error::InsufficientSpace));
            }
            files[0].write_all(0, &data[..memory]).unwrap();
            while let Ok(file) = root.open_at(long_name(used(space)), &creating(used(space))) {
                assert_eq!(file.write(PAGE, &[1]), Err(Error::InsufficientSpace));
            }
        }
    }
    while root.open_at(long_name(used(space)), &creating(used(space))).is_ok() {}
    // Whatever memory is left goes to one more file.
    let data = vec![1; to_usize(PAGE)];
    while files[0].append(&data).is_ok() {}
    drop(data);
    let hole = limits.bytes().unwrap() - space.usage().bytes.used;
    files[1].set_size(files[1].stat().unwrap().size + hole).unwrap();
    let left = open_files - to_usize(space.usage().open_files.used);
    let mut listings = Vec::with_capacity(left + 1);
    drop(root);
    while let Ok(root) = space.root() {
        // The directory is closed before the listing counts, except where nothing more fits.
        match root.list() {
            Ok(listing) => listings.push(listing),
            Err(_) => {
                files.push(root);
                break;
            }
        }
    }
    (files, listings)
}

/// Makes directories, each in the one before. Files move through them, and leave them with one entry.
fn make_emptied_directories(space: &Space, root: &Descriptor, entries: usize) {
    let movers = (entries / 2).min(512);
    let names: Vec<_> = (0..movers).map(|number| long_name(1_000_000 + number)).collect();
    for name in &names {
        root.open_at(name, &creating(used(space))).unwrap();
    }
    let mut at = root.try_clone().unwrap();
    for level in 0.. {
        if at.create_directory_at(long_name(0), tag(used(space))).is_err() {
            break;
        }
        let next = open_directory(&at, &long_name(0));
        if level * movers < MOVES {
            names.iter().for_each(|name| at.rename_at(name, &next, name).unwrap());
        }
        at = next;
    }
}

/// Fills a directory, removes again what leaves its lists sparse, and goes on.
fn make_sparse_directory(space: &Space, root: &Descriptor) {
    let mut number = 0;
    for _ in 0..ROUNDS {
        let first = number;
        while root.open_at(long_name(number), &creating(number)).is_ok() {
            number += 1;
        }
        // Of the 64 places in a chunk, 17 stay: with one less it would join another chunk.
        for gone in (first..number).filter(|number| (number - first) % 64 >= 17) {
            root.unlink_file_at(long_name(gone)).unwrap();
        }
    }
    while root.open_at(long_name(number), &creating(number)).is_ok() {
        number += 1;
    }
    assert!(used(space) > 0);
}

/// At most 16 MiB of pages are kept for later, whatever the spaces of a process had, and trimming frees them.
fn the_free_pages_of_a_process_are_bounded_and_given_back() {
    const MOST_FREE: usize = 16 << 20;
    let before = allocated();
    let budget = Budget::new(Limits::none());
    // The list of its spaces keeps its memory.
    drop(Space::builder(&budget).build().unwrap());
    let idle = allocated() - before;
    for _ in 0..3 {
        let space = Space::builder(&budget).limits(Limits::none()).build().unwrap();
        let file = space.root().unwrap().open_at("f", &creating(0)).unwrap();
        file.write_all(0, &vec![1; 2 * MOST_FREE]).unwrap();
        drop(file);
        space.end();
        drop(space);
        let kept = allocated() - before - idle;
        println!("{kept} bytes of free pages are kept");
        // The list of the pages is not counted.
        assert_eq!(budget.usage().memory.used, u64::try_from(MOST_FREE).unwrap());
        assert!((MOST_FREE..MOST_FREE + 16 * 1024).contains(&kept));
    }
    budget.trim();
    assert_eq!(budget.usage().memory.used, 0);
    assert_eq!(allocated() - before, idle);
    drop(budget);
    assert_eq!(allocated(), before);
}
