//! A name that is taken is passed over for a directory, when the random numbers repeat themselves.
//@ same-random-bytes = 64
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{assert_space_empty, in_space, names_in, new_directory, passed, put};

pub(crate) fn main() {
    let first = new_directory();
    let path = first.get_path().expect("get its path");
    put(format!("{path}/data.txt"), "of the first");
    let second = new_directory();
    let second_path = second.get_path().expect("get its path");
    assert_ne!(path, second_path, "one directory twice");
    assert_eq!(names_in(&second_path), [""; 0], "a new directory is not empty");
    assert_eq!(in_space().len(), 2, "something else is in the space");
    drop(second);
    assert_eq!(
        fs::read(format!("{path}/data.txt")).expect("read it by path"),
        b"of the first"
    );
    drop(first);
    assert_space_empty();
    passed();
}
