//! What left the space for good, and had another name in it, counts until that is deleted.
//@ storages = ["disk"]
//@ out = ["file", "other"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    TemporaryFile, assert_space_empty, file_with, new_directory, passed, preopen, space_path, usage,
};

pub(crate) fn main() {
    let out = preopen("/out");
    let again = format!("{}/again", space_path());

    let file = file_with(b"10 bytes..");
    fs::hard_link(file.get_path().expect("get its path"), &again).expect("give the file another name");
    TemporaryFile::persist(file, &out, "file", false).expect("persist the file");
    assert_eq!(usage(), (10, 1), "the other name of the file stands");
    fs::remove_file(&again).expect("delete that");
    assert_eq!(usage(), (0, 0), "the file has no name in the space");

    // With a directory it goes, too.
    let file = file_with(b"10 bytes..");
    let dir = new_directory();
    let inside = format!("{}/again", dir.get_path().expect("get the directory's path"));
    fs::hard_link(file.get_path().expect("get its path"), inside).expect("give the file another name");
    TemporaryFile::persist(file, &out, "other", false).expect("persist the file");
    assert_eq!(usage(), (10, 2), "the other name of the file stands in a directory");
    drop(dir);
    assert_eq!(usage(), (0, 0), "the directory has gone, and the name in it");
    assert_space_empty();
    passed();
}
