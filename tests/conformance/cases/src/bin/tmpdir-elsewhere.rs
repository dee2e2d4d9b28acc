//! The space may be shown elsewhere than as `/tmp`: every path goes there.
//@ tmp = "/scratch"
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{assert_space_empty, file_with, name_of, names_in, new_directory, passed, put, space};

pub(crate) fn main() {
    assert_eq!(space::get_path().as_deref(), Some("/scratch"));
    assert_space_empty();

    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    assert_eq!(path, format!("/scratch/{}", name_of(&path)));
    put(format!("{path}/data.txt"), "by path");
    let file = file_with(b"elsewhere");
    let path = file.get_path().expect("get its path");
    assert_eq!(path, format!("/scratch/{}", name_of(&path)));
    assert_eq!(fs::read(&path).expect("read it by path"), b"elsewhere");

    assert_eq!(names_in("/scratch").len(), 2, "something else is there");
    drop((directory, file));
    assert_space_empty();
    passed();
}
