//! Of 100,000 names, of files and of directories, no two are the same.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_space_empty, name_of, new_directory, new_file, passed};

/// On some file systems, a directory takes a hundred times as long as a file.
const DIRECTORIES: usize = 1_000;
const FILES: usize = 100_000 - DIRECTORIES;

pub(crate) fn main() {
    let mut names = Vec::with_capacity(DIRECTORIES + FILES);
    for _ in 0..DIRECTORIES {
        let path = new_directory().get_path().expect("get its path");
        names.push(name_of(&path).to_owned());
    }
    for _ in 0..FILES {
        let path = new_file().get_path().expect("get its path");
        names.push(name_of(&path).to_owned());
    }
    names.sort();
    let taken_twice = names.windows(2).find(|pair| pair[0] == pair[1]);
    assert_eq!(taken_twice, None, "one name twice");
    assert_space_empty();
    passed();
}
