//! What the program moved away by path belongs to the space: it does not go with the handle, and stays.
//@ left = ["moved", "moved.txt", "moved/data.txt", "renamed", "renamed.txt", "renamed/data.txt"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{file_with, in_space, new_directory, passed, put, space_path};

pub(crate) fn main() {
    let space = space_path();
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    fs::create_dir(format!("{path}/inner")).expect("make a directory in it");
    put(format!("{path}/inner/data.txt"), "moved");
    put(format!("{path}/data.txt"), "moved");
    fs::rename(format!("{path}/data.txt"), format!("{space}/moved.txt")).expect("move a file out of it");
    fs::rename(format!("{path}/inner"), format!("{space}/moved")).expect("move a directory out of it");
    drop(directory);
    assert_eq!(in_space(), ["moved", "moved.txt"]);

    let file = file_with(b"renamed");
    let path = file.get_path().expect("get its path");
    fs::rename(path, format!("{space}/renamed.txt")).expect("rename a file");
    drop(file);
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    put(format!("{path}/data.txt"), "renamed");
    fs::rename(path, format!("{space}/renamed")).expect("rename a directory");
    drop(directory);

    assert_eq!(in_space(), ["moved", "moved.txt", "renamed", "renamed.txt"]);
    for (file, text) in [
        ("moved.txt", "moved"),
        ("moved/data.txt", "moved"),
        ("renamed.txt", "renamed"),
        ("renamed/data.txt", "renamed"),
    ] {
        let read = fs::read_to_string(format!("{space}/{file}"));
        assert_eq!(read.expect("read what was moved"), text, "{file}");
    }
    passed();
}
