//! The rules of the file system, one test for each, as its users see them.
#![forbid(unsafe_code)]

mod contents;
mod ends;
mod limits;
mod lists;
mod names;
mod owners;
mod paths;
mod removals;
mod renames;
mod threads;
mod times;

use scratch_vfs::{Budget, Descriptor, Limits, OpenOptions, Space};

/// Makes a space without limits.
fn space() -> Space {
    space_with(Limits::none())
}

/// Makes a space with limits, below a budget that has none.
fn space_with(limits: Limits) -> Space {
    Space::builder(&Budget::new(Limits::none()))
        .limits(limits)
        .build()
        .expect("there is memory for a space")
}

/// Opens a file for reading and writing, and makes it if it does not exist.
fn create(directory: &Descriptor, path: &str) -> Descriptor {
    directory
        .open_at(path, &read_write().create(true))
        .expect("the file can be made")
}

fn read_write() -> OpenOptions {
    OpenOptions::new().read(true).write(true)
}

/// Makes a file with a content.
fn write(directory: &Descriptor, path: &str, content: &[u8]) {
    let file = directory
        .open_at(path, &read_write().create(true).truncate(true))
        .expect("the file can be made");
    file.write_all(0, content).expect("there is room for the content");
}

/// Reads a whole file.
fn read(directory: &Descriptor, path: &str) -> Vec<u8> {
    read_file(
        &directory
            .open_at(path, &OpenOptions::new().read(true))
            .expect("the file can be opened"),
    )
}

fn read_file(file: &Descriptor) -> Vec<u8> {
    let size = file.stat().expect("the file exists").size;
    let mut content = vec![0xaa; usize::try_from(size).expect("the file is small") + 1];
    let length = file.read(0, &mut content).expect("the file can be read");
    content.truncate(length);
    content
}

/// Opens a directory.
fn open_directory(directory: &Descriptor, path: &str) -> Descriptor {
    directory
        .open_at(path, &OpenOptions::new().read(true).directory(true))
        .expect("the directory can be opened")
}

/// Makes a directory, and opens it.
fn make_directory(directory: &Descriptor, path: &str) -> Descriptor {
    directory
        .create_directory_at(path, None)
        .expect("the directory can be made");
    open_directory(directory, path)
}

/// Lists the names in a directory, in the order of the listing.
fn list(directory: &Descriptor) -> Vec<String> {
    let entries = directory
        .list()
        .and_then(|listing| listing.collect())
        .expect("the directory can be listed");
    entries
        .into_iter()
        .map(|entry| String::from_utf8(entry.name).expect("the tests use UTF-8"))
        .collect()
}
