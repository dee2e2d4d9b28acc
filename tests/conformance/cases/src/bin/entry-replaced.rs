//! A handle owns what stands in its place when it goes, whatever the program put there.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    TemporaryDirectory, TemporaryFile, assert_space_empty, new_directory, new_file, passed, put,
};

/// A file and a directory, each replaced by a file or by a directory with something in it.
fn replaced(by_a_directory: bool) -> (TemporaryFile, TemporaryDirectory) {
    let file = new_file();
    let directory = new_directory();
    let file_path = file.get_path().expect("get its path");
    let directory_path = directory.get_path().expect("get its path");
    fs::remove_file(&file_path).expect("delete it by path");
    fs::remove_dir(&directory_path).expect("delete it by path");
    for path in [file_path, directory_path] {
        if by_a_directory {
            fs::create_dir_all(format!("{path}/a/b")).expect("make directories there");
            put(format!("{path}/a/b/data.txt"), "by path");
        } else {
            put(path, "by path");
        }
    }
    (file, directory)
}

pub(crate) fn main() {
    for by_a_directory in [false, true] {
        let (file, directory) = replaced(by_a_directory);
        drop(file);
        drop(directory);
        assert_space_empty();
        let (file, directory) = replaced(by_a_directory);
        TemporaryFile::close(file).expect("close a file that was replaced");
        TemporaryDirectory::close(directory).expect("close a directory that was replaced");
        assert_space_empty();
    }
    passed();
}
