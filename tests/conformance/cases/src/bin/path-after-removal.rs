//! Paths do not change when the program has deleted what is there: nobody looks.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{any_name, assert_space_empty, new_directory, new_file, passed};

pub(crate) fn main() {
    let file = new_file();
    let path = file.get_path().expect("get its path");
    fs::remove_file(&path).expect("delete it by path");
    assert_eq!(file.get_path(), Ok(path), "the path of a file");

    let directory = new_directory();
    let inner = directory
        .create_directory(&any_name())
        .expect("create a directory in it");
    let path = directory.get_path().expect("get its path");
    let inner_path = inner.get_path().expect("get its path");
    fs::remove_dir_all(&path).expect("delete it by path");
    assert_eq!(directory.get_path(), Ok(path), "the path of a directory");
    assert_eq!(inner.get_path(), Ok(inner_path), "the path of a directory in it");
    drop((file, inner, directory));
    assert_space_empty();
    passed();
}
