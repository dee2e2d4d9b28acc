//! 2,000 files and 2,000 directories are alive at once, with their content, and go in any order.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{assert_space_empty, content, file_with, in_space, new_directory, passed, put};

const COUNT: usize = 2_000;

pub(crate) fn main() {
    let mut files = Vec::new();
    let mut directories = Vec::new();
    for number in 0..COUNT {
        let text = number.to_string();
        files.push(Some(file_with(text.as_bytes())));
        let directory = new_directory();
        let path = directory.get_path().expect("get its path");
        put(format!("{path}/data.txt"), &text);
        directories.push(Some((directory, path)));
    }
    assert!(in_space().len() >= COUNT, "some are not there: {}", in_space().len());

    for (number, (file, directory)) in files.iter().zip(&directories).enumerate() {
        let (file, (_, path)) = file.as_ref().zip(directory.as_ref()).expect("both are alive");
        let text = number.to_string();
        assert_eq!(content(file), text.as_bytes(), "file {number} holds something else");
        let inside = fs::read_to_string(format!("{path}/data.txt")).expect("read it by path");
        assert_eq!(inside, text, "directory {number} holds something else");
    }

    // 977 has no factor in common with 2,000, so the steps visit each once.
    for step in 0..COUNT {
        files[step * 977 % COUNT] = None;
        directories[(step * 977 + COUNT / 2) % COUNT] = None;
    }
    assert_space_empty();
    passed();
}
