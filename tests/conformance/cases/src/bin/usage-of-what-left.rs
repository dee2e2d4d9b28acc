//! What left the space for good, and had another name in it, counts until that is deleted.
//@ storages = ["disk"]
//@ out = ["dir", "dir/file", "file"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    TemporaryDirectory, TemporaryFile, assert_space_empty, file_with, new_directory, passed, preopen, put, space,
    space_path,
};

/// Bytes and entries.
fn usage() -> (u64, u64) {
    let usage = space::get_usage();
    (usage.bytes, usage.entries)
}

pub(crate) fn main() {
    let out = preopen("/out");
    let again = format!("{}/again", space_path());

    let file = file_with(b"10 bytes..");
    fs::hard_link(file.get_path().expect("get its path"), &again).expect("give the file another name");
    TemporaryFile::persist(file, &out, "file", false).expect("persist the file");
    assert_eq!(usage(), (10, 1), "the other name of the file stands");
    fs::remove_file(&again).expect("delete that");
    assert_eq!(usage(), (0, 0), "the file has no name in the space");

    let dir = new_directory();
    let path = format!("{}/file", dir.get_path().expect("get the directory's path"));
    put(&path, "10 bytes..");
    fs::hard_link(&path, &again).expect("give a file in a directory another name outside of that");
    TemporaryDirectory::persist(dir, &out, "dir").expect("persist the directory");
    assert_eq!(usage(), (10, 1), "the other name of the file in it stands");
    fs::remove_file(&again).expect("delete that, too");
    assert_eq!(usage(), (0, 0), "the file in it has no name in the space");
    assert_space_empty();
    passed();
}
