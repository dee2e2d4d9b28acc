//! A link that has the name that is drawn is not followed, when the random numbers repeat themselves.
//@ same-random-bytes = 64
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{assert_space_empty, file_with, link, name_of, new_file, passed, space_path, stands};

pub(crate) fn main() {
    let path = new_file().get_path().expect("get its path");
    // Where the next file may be made, too: the random numbers repeat themselves.
    link("target.txt", &path).expect("put a link there");
    let file = file_with(b"not through the link");
    let other_path = file.get_path().expect("get its path");
    assert_ne!(name_of(&path), name_of(&other_path), "a link has the name");

    let target = format!("{}/target.txt", space_path());
    assert!(!stands(&target), "a file was made through a link");
    let kept = fs::symlink_metadata(&path).expect("the link is still there");
    assert!(kept.file_type().is_symlink(), "the link was replaced");
    fs::remove_file(&path).expect("delete the link by path");
    drop(file);
    assert_space_empty();
    passed();
}
