//! A drop is quiet when the program has deleted the entry itself.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{any_name, assert_space_empty, file_options, new_directory, new_file, passed};

pub(crate) fn main() {
    let file = new_file();
    fs::remove_file(file.get_path().expect("get its path")).expect("delete it by path");
    drop(file);

    let directory = new_directory();
    fs::remove_dir(directory.get_path().expect("get its path")).expect("delete it by path");
    drop(directory);

    // With the directory that they were in, in both orders.
    for outer_first in [false, true] {
        let directory = new_directory();
        let inner = directory
            .create_directory(&any_name())
            .expect("create a directory in it");
        let file = inner.create_file(&file_options()).expect("create a file in that");
        file.get_path().expect("get its path");
        fs::remove_dir_all(directory.get_path().expect("get its path")).expect("delete it by path");
        if outer_first {
            drop(directory);
            drop(inner);
            drop(file);
        } else {
            drop(file);
            drop(inner);
            drop(directory);
        }
    }
    assert_space_empty();
    new_file().get_path().expect("what is created afterwards works");
    assert_space_empty();
    passed();
}
