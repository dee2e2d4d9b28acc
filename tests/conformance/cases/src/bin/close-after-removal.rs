//! `close` is ok when the program has deleted the entry itself.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    TemporaryDirectory, TemporaryFile, any_name, assert_space_empty, file_options, new_directory, new_file, passed,
};

pub(crate) fn main() {
    let file = new_file();
    fs::remove_file(file.get_path().expect("get its path")).expect("delete it by path");
    TemporaryFile::close(file).expect("close a file");

    let directory = new_directory();
    fs::remove_dir(directory.get_path().expect("get its path")).expect("delete it by path");
    TemporaryDirectory::close(directory).expect("close a directory");

    // With the directory that they were in.
    let directory = new_directory();
    let inner = directory
        .create_directory(&any_name())
        .expect("create a directory in it");
    let file = inner.create_file(&file_options()).expect("create a file in that");
    file.get_path().expect("get its path");
    fs::remove_dir_all(directory.get_path().expect("get its path")).expect("delete it by path");
    TemporaryFile::close(file).expect("close a file");
    TemporaryDirectory::close(inner).expect("close an inner directory");
    TemporaryDirectory::close(directory).expect("close an outer directory");
    assert_space_empty();
    passed();
}
