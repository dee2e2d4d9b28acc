//! A name that is taken is passed over for a file, when the random numbers repeat themselves.
//@ same-random-bytes = 64
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{assert_space_empty, content, file_with, in_space, passed};

pub(crate) fn main() {
    let first = file_with(b"of the first");
    let path = first.get_path().expect("get its path");
    let second = file_with(b"of the second");
    let second_path = second.get_path().expect("get its path");
    assert_ne!(path, second_path, "one file twice");
    assert_eq!(in_space().len(), 2, "something else is in the space");
    assert_eq!(content(&first), b"of the first");
    assert_eq!(content(&second), b"of the second");
    drop(second);
    assert_eq!(fs::read(&path).expect("read it by path"), b"of the first");
    drop(first);
    assert_space_empty();
    passed();
}
