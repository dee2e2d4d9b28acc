//! A file that replaces another name of itself is there under that one only.
//@ left = ["other"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{TemporaryFile, file_with, in_space, passed, preopen, space_path, stands};

pub(crate) fn main() {
    let file = file_with(b"has two names");
    let path = file.get_path().expect("get its path");
    let other = format!("{}/other", space_path());
    fs::hard_link(&path, &other).expect("give it another name");
    TemporaryFile::persist(file, &preopen(&space_path()), "other", true).expect("let it replace its other name");
    assert_eq!(fs::read(&other).expect("read it"), b"has two names");
    // POSIX `rename` does nothing if both names are of one file.
    assert!(!stands(&path), "it is still under its old path, too");
    assert_eq!(in_space(), ["other"], "something else is in the space");
    passed();
}
