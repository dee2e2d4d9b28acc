//! A tree of 300 levels goes with the directory that it is in.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{assert_space_empty, names_in, new_directory, passed, put, stands};

const LEVELS: usize = 300;

pub(crate) fn main() {
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    let mut place = path.clone();
    for level in 1..=LEVELS {
        place.push_str("/d");
        fs::create_dir(&place).unwrap_or_else(|error| panic!("make level {level}: {error}"));
        if level % 50 == 0 {
            put(format!("{place}/data.txt"), "deep down");
        }
    }
    assert_eq!(names_in(&path), ["d"]);
    drop(directory);
    assert!(!stands(&path), "the directory is still there");
    assert_space_empty();
    passed();
}
