//! What was moved into a directory by path goes with that, and with nothing else.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    assert_space_empty, file_options, in_space, name_of, names_in, new_directory, new_file, passed, put, space_path,
};

pub(crate) fn main() {
    let from = new_directory();
    let to = new_directory();
    let to_path = to.get_path().expect("get its path");
    let inside = |name: &str| format!("{to_path}/{name}");

    let file = from
        .create_file(&file_options())
        .expect("create a file in one directory");
    let path = file.get_path().expect("get its path");
    fs::rename(path, inside("from-a-directory")).expect("move it to the other");
    let other = new_file();
    let path = other.get_path().expect("get its path");
    fs::rename(path, inside("from-the-space")).expect("move a file there");
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    fs::rename(path, inside("with-data")).expect("move a directory there");
    put(inside("with-data/data.txt"), "by path");
    let by_path = format!("{}/by-path", space_path());
    put(&by_path, "by path");
    fs::rename(by_path, inside("made-by-path")).expect("move it there");

    drop((file, other, directory, from));
    assert_eq!(
        names_in(&to_path),
        ["from-a-directory", "from-the-space", "made-by-path", "with-data"],
        "it went with the handle that it had"
    );
    assert_eq!(in_space(), [name_of(&to_path)]);
    drop(to);
    assert_space_empty();
    passed();
}
