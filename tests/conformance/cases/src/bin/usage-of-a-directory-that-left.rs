//! A file in a directory that left the space counts for as long as it has another name there.
//@ storages = ["disk"]
//@ out = ["dir", "dir/file"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    TemporaryDirectory, assert_space_empty, new_directory, passed, preopen, put, space_path, usage,
};

pub(crate) fn main() {
    let out = preopen("/out");
    let again = format!("{}/again", space_path());

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
