//! What the program put into a directory through a descriptor goes with it.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::wasi::types::{OpenFlags, PathFlags};
use scratch_conformance_cases::{DescriptorFlags, assert_space_empty, names_in, new_directory, passed, stands};

pub(crate) fn main() {
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    let flags = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
    let descriptor = directory.open(flags).expect("open it");
    descriptor.create_directory_at("made").expect("make a directory in it");
    let file = descriptor.open_at(
        PathFlags::empty(),
        "made/data.txt",
        OpenFlags::CREATE,
        DescriptorFlags::READ | DescriptorFlags::WRITE,
    );
    let file = file.expect("make a file in that");
    assert_eq!(file.write(b"by descriptor", 0), Ok(13));
    descriptor.symlink_at("made", "link").expect("make a link in it");
    assert_eq!(names_in(&path), ["link", "made"]);
    // All of them are still open.
    drop(directory);
    assert!(!stands(&path), "the directory is still there");
    assert_space_empty();
    drop((file, descriptor));
    assert_space_empty();
    passed();
}
