//! What the program deleted is not persisted: `no-entry`, and nothing comes to be anywhere.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    ErrorCode, TemporaryDirectory, TemporaryFile, assert_space_empty, file_with, names_in, new_directory, passed,
    preopen,
};

pub(crate) fn main() {
    let out = preopen("/out");
    let mut file = file_with(b"to be deleted");
    fs::remove_file(file.get_path().expect("get its path")).expect("delete it by path");
    for overwrite in [false, true] {
        let (handle, code) = TemporaryFile::persist(file, &out, "file", overwrite).expect_err("persisted nothing");
        assert_eq!(code, ErrorCode::NoEntry, "persist a file");
        file = handle;
    }
    TemporaryFile::close(file).expect("close a file that is gone");

    let dir = new_directory();
    fs::remove_dir(dir.get_path().expect("get its path")).expect("delete it by path");
    let (dir, code) = TemporaryDirectory::persist(dir, &out, "tree").expect_err("persisted nothing");
    assert_eq!(code, ErrorCode::NoEntry, "persist a directory");
    TemporaryDirectory::close(dir).expect("close a directory that is gone");

    assert!(
        names_in("/out").is_empty(),
        "a refusal left something: {:?}",
        names_in("/out")
    );
    assert_space_empty();
    passed();
}
