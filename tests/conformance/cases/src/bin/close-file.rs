//! `close` of a file is ok, and it is gone, and nothing else is.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    TemporaryFile, assert_space_empty, content, file_options, file_with, in_space, name_of, names_in, new_directory,
    passed, stands,
};

pub(crate) fn main() {
    TemporaryFile::close(file_with(b"without a path")).expect("close it");
    assert_space_empty();

    let file = file_with(b"with a path");
    let other = file_with(b"the other");
    let path = file.get_path().expect("get its path");
    let other_path = other.get_path().expect("get its path");
    TemporaryFile::close(file).expect("close it");
    assert!(!stands(&path), "a closed file is still there");
    assert_eq!(content(&other), b"the other");
    assert_eq!(fs::read(&other_path).expect("read the other by path"), b"the other");
    assert_eq!(in_space(), [name_of(&other_path)], "something else is in the space");
    TemporaryFile::close(other).expect("close it");
    assert_space_empty();

    let directory = new_directory();
    let file = directory.create_file(&file_options()).expect("create a file in it");
    file.get_path().expect("get its path");
    TemporaryFile::close(file).expect("close it");
    assert_eq!(names_in(directory.get_path().expect("get its path")), [""; 0]);
    drop(directory);
    assert_space_empty();
    passed();
}
