//! What was kept in a temporary directory stays until that directory goes.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    TemporaryDirectory, TemporaryFile, any_name, assert_space_empty, file_options, new_directory, passed, put, stands,
};

pub(crate) fn main() {
    let dir = new_directory();
    let file = dir.create_file(&file_options()).expect("create a file in it");
    file.write(b"kept", 0).expect("write");
    let inner = dir.create_directory(&any_name()).expect("create a directory in it");
    let deeper = inner.create_directory(&any_name()).expect("create one in that");

    let file = TemporaryFile::keep(file).expect("keep the file");
    let deeper = TemporaryDirectory::keep(deeper).expect("keep the innermost directory");
    put(format!("{deeper}/data.txt"), "by path");
    let inner = TemporaryDirectory::keep(inner).expect("keep the directory around it");
    assert_eq!(fs::read(&file).expect("read the kept file"), b"kept");
    assert!(stands(&format!("{deeper}/data.txt")), "what was kept is not there");
    assert!(deeper.starts_with(&inner), "{deeper} is not in {inner}");

    drop(dir);
    assert!(!stands(&file), "a kept file outlived the directory that it is in");
    assert!(!stands(&inner), "a kept directory outlived the one that it is in");
    assert_space_empty();
    passed();
}
