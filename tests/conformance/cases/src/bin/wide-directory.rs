//! A directory with 2,000 entries goes as a whole.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{assert_space_empty, link, names_in, new_directory, passed, put, stands};

const ENTRIES: usize = 2_000;

pub(crate) fn main() {
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    for number in 0..ENTRIES {
        let entry = format!("{path}/{number}");
        match number % 10 {
            0 => fs::create_dir(&entry).expect("make a directory in it"),
            1 => link("0", &entry).expect("make a link in it"),
            _ => put(&entry, [7; 10]),
        }
    }
    assert_eq!(names_in(&path).len(), ENTRIES);
    drop(directory);
    assert!(!stands(&path), "the directory is still there");
    assert_space_empty();
    passed();
}
