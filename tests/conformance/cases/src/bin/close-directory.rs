//! `close` of a directory is ok, and it is gone with all that is in it, and nothing else is.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    TemporaryDirectory, any_name, assert_space_empty, detached_directory, detached_file, file_options, in_space, link,
    name_of, new_directory, passed, put, stands,
};

pub(crate) fn main() {
    TemporaryDirectory::close(new_directory()).expect("close an empty one");
    assert_space_empty();

    let directory = new_directory();
    let other = new_directory();
    let path = directory.get_path().expect("get its path");
    let other_path = other.get_path().expect("get its path");
    for path in [&path, &other_path] {
        fs::create_dir_all(format!("{path}/a/b")).expect("make directories in it");
        put(format!("{path}/a/b/data.txt"), "by path");
        link("a/b", &format!("{path}/link")).expect("make a link in it");
    }
    let inner = directory
        .create_directory(&any_name())
        .expect("create a directory in it");
    let file = inner.create_file(&file_options()).expect("create a file in that");
    TemporaryDirectory::close(directory).expect("close it");
    assert!(!stands(&path), "a closed directory is still there");
    drop((detached_file(file), detached_directory(inner)));

    assert_eq!(in_space(), [name_of(&other_path)], "something else is in the space");
    assert!(
        stands(&format!("{other_path}/a/b/data.txt")),
        "the other directory is not whole"
    );
    TemporaryDirectory::close(other).expect("close it");
    assert_space_empty();
    passed();
}
