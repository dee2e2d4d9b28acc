//! A bad name is refused at once: for a file in memory too, and before anything else that is wrong.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    ErrorCode, FileOptions, TemporaryDirectory, TemporaryFile, any_name, assert_space_empty, max_memory, named,
    new_directory, passed,
};

fn refused(parent: &TemporaryDirectory, which: &str) {
    for name in [named("a/b", ""), named("", "."), named(&"x".repeat(256), "")] {
        let made = parent.create_directory(&name);
        assert_eq!(made.err(), Some(ErrorCode::Invalid), "a directory in {which}");
        for max_memory in [max_memory(), Some(0), Some(1 << 20), Some(u64::MAX)] {
            let name = name.clone();
            let made = parent.create_file(&FileOptions { name, max_memory });
            assert_eq!(made.err(), Some(ErrorCode::Invalid), "a file in {which}");
        }
    }
}

pub(crate) fn main() {
    for max_memory in [None, Some(1 << 20), Some(u64::MAX)] {
        let name = named("", "\n");
        let made = TemporaryFile::create(&FileOptions { name, max_memory });
        assert_eq!(made.err(), Some(ErrorCode::Invalid), "a file that would be in memory");
    }

    let directory = new_directory();
    refused(&directory, "a directory");
    let detached = directory
        .create_directory(&any_name())
        .expect("create a directory in it");
    drop(directory);
    refused(&detached, "a detached directory");

    let removed = new_directory();
    fs::remove_dir(removed.get_path().expect("get its path")).expect("delete it by path");
    refused(&removed, "a directory that was deleted by path");
    assert_space_empty();
    passed();
}
