//! A million of everything: no operation takes longer, needs more stack or leaves anything when there is much.
#![forbid(unsafe_code)]

mod deep;
mod wide;

use scratch_vfs::{Budget, Descriptor, Left, Limits, OpenOptions, Space};

/// Entries, or levels of directories, in a test.
const MANY: usize = 1_000_000;

/// Makes a space without limits.
fn space() -> Space {
    Space::builder(&Budget::new(Limits::none()))
        .limits(Limits::none())
        .build()
        .expect("there is memory for a space")
}

/// Opens a directory.
fn open(directory: &Descriptor, path: impl AsRef<[u8]>) -> Descriptor {
    directory
        .open_at(path, &OpenOptions::new().read(true).directory(true))
        .expect("the directory can be opened")
}

/// Makes a directory, and opens it.
fn make(directory: &Descriptor, name: &str) -> Descriptor {
    directory
        .create_directory_at(name, None)
        .expect("the directory can be made");
    open(directory, name)
}

fn create(directory: &Descriptor, name: impl AsRef<[u8]>) {
    directory
        .open_at(name, &OpenOptions::new().create(true).exclusive(true))
        .expect("the file can be made");
}

fn entries(space: &Space) -> usize {
    usize::try_from(space.usage().entries.used).expect("the entries fit in memory")
}

/// Checks that nothing is charged to a space.
fn assert_nothing_is_charged(space: &Space) {
    let usage = space.usage();
    assert_eq!((usage.entries.used, usage.bytes.used, usage.memory.used), (0, 0, 0));
}

/// Ends a space, and checks how many entries that frees, and that it leaves nothing.
fn end(space: &Space, entries: usize) {
    let ended = space.end();
    assert_eq!(ended.entries, u64::try_from(entries).expect("a number of entries"));
    assert_eq!(ended.left, Left::default());
    assert_nothing_is_charged(space);
}
