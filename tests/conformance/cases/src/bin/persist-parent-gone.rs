//! A `parent` that was deleted takes nothing: `no-entry`, and the handle comes back and works.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    ErrorCode, TemporaryDirectory, TemporaryFile, assert_holds, assert_space_empty, file_with, names_in, new_directory,
    open_parent, passed, preopen, stands,
};

pub(crate) fn main() {
    fs::create_dir("/out/inner").expect("make a directory");
    let parent = open_parent(&preopen("/out"), "inner");
    fs::remove_dir("/out/inner").expect("delete it");

    let mut file = file_with(b"temporary");
    let was_in_memory = file.is_in_memory();
    for overwrite in [false, true] {
        let persisted = TemporaryFile::persist(file, &parent, "name", overwrite);
        let (handle, code) = persisted.expect_err("persisted a file into a directory that is gone");
        assert_eq!(code, ErrorCode::NoEntry, "persist a file");
        assert_eq!(handle.is_in_memory(), was_in_memory, "the refusal moved it");
        assert_holds(&handle, b"temporary");
        file = handle;
    }
    let dir = new_directory();
    let persisted = TemporaryDirectory::persist(dir, &parent, "name");
    let (dir, code) = persisted.expect_err("persisted a directory into one that is gone");
    assert_eq!(code, ErrorCode::NoEntry, "persist a directory");
    assert!(
        stands(&dir.get_path().expect("get its path")),
        "the refusal took the directory"
    );
    assert!(
        names_in("/out").is_empty(),
        "a refusal left something: {:?}",
        names_in("/out")
    );
    drop((file, dir));
    assert_space_empty();
    passed();
}
