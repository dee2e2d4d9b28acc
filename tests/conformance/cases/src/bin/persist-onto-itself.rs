//! A file that is persisted to where it is stays there; a directory finds its own name taken.
//@ left = ["tmp*"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    ErrorCode, TemporaryDirectory, TemporaryFile, assert_holds, assert_space_empty, file_with, in_space, name_of,
    new_directory, passed, preopen, space_path, stands,
};

pub(crate) fn main() {
    let space = preopen(&space_path());
    let dir = new_directory();
    let path = dir.get_path().expect("get its path");
    let (dir, code) = TemporaryDirectory::persist(dir, &space, name_of(&path)).expect_err("replaced a directory");
    assert_eq!(code, ErrorCode::Exist, "persist a directory to where it is");
    assert!(stands(&path), "the refusal took the directory");
    drop(dir);
    assert_space_empty();

    let file = file_with(b"stays");
    let path = file.get_path().expect("get its path");
    let (file, code) = TemporaryFile::persist(file, &space, name_of(&path), false).expect_err("replaced a file");
    assert_eq!(code, ErrorCode::Exist, "persist a file to where it is");
    assert_holds(&file, b"stays");
    TemporaryFile::persist(file, &space, name_of(&path), true).expect("let it replace itself");
    assert_eq!(fs::read(&path).expect("read it"), b"stays");
    assert_eq!(in_space(), [name_of(&path)], "something else is in the space");
    passed();
}
