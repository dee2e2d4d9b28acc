//! A name that another entry has is passed over, when the random numbers repeat themselves.
//@ same-random-bytes = 64
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{assert_space_empty, content, file_with, in_space, names_in, new_directory, passed};

pub(crate) fn main() {
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    fs::write(format!("{path}/data.txt"), "of the first").expect("write in it by path");
    let second = new_directory();
    let second_path = second.get_path().expect("get its path");
    assert_ne!(path, second_path, "one directory twice");
    assert_eq!(names_in(&second_path), [""; 0], "a new directory is not empty");

    let file = file_with(b"of the file");
    let other = file_with(b"of the other");
    let file_path = file.get_path().expect("get its path");
    let other_path = other.get_path().expect("get its path");
    assert_ne!(file_path, other_path, "one file twice");
    assert_eq!(in_space().len(), 4, "two directories and two files");
    assert_eq!(content(&file), b"of the file");
    assert_eq!(content(&other), b"of the other");
    drop((second, other));
    assert_eq!(
        fs::read(format!("{path}/data.txt")).expect("read it by path"),
        b"of the first"
    );
    assert_eq!(fs::read(&file_path).expect("read it by path"), b"of the file");
    drop((directory, file));
    assert_space_empty();
    passed();
}
