//! Drops return, and the program goes on.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_space_empty, content, file_with, new_directory, new_file, passed, put};

pub(crate) fn main() {
    for round in 0..5_u8 {
        drop(new_file());
        drop(file_with(&[round; 1_000]));
        let file = file_with(&[round; 100_000]);
        file.get_path().expect("get its path");
        drop(file);
        drop(new_directory());
        let directory = new_directory();
        let path = directory.get_path().expect("get its path");
        put(format!("{path}/data.txt"), [round]);
        drop(directory);
        assert_space_empty();
    }
    assert_eq!(content(&file_with(b"and on")), b"and on");
    passed();
}
