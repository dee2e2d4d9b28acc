//! `overwrite` does not replace a directory: `is-directory`, and the handle comes back and works.
//@ out = ["empty", "free", "full", "full/inside"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    ErrorCode, TemporaryFile, assert_holds, assert_space_empty, file_with, names_in, passed, preopen, put,
};

pub(crate) fn main() {
    let out = preopen("/out");
    fs::create_dir("/out/empty").expect("make an empty directory");
    fs::create_dir("/out/full").expect("make a directory");
    put("/out/full/inside", "inside");

    let mut file = file_with(b"temporary");
    let was_in_memory = file.is_in_memory();
    for name in ["empty", "full"] {
        let (handle, code) = TemporaryFile::persist(file, &out, name, true).expect_err("replaced a directory");
        assert_eq!(code, ErrorCode::IsDirectory, "persist as `{name}`");
        assert_eq!(handle.is_in_memory(), was_in_memory, "the refusal as `{name}` moved it");
        assert_holds(&handle, b"temporary");
        assert_eq!(
            names_in("/out"),
            ["empty", "full"],
            "the refusal as `{name}` left something"
        );
        file = handle;
    }
    assert!(names_in("/out/empty").is_empty(), "something is in the empty directory");
    assert_eq!(
        names_in("/out/full"),
        ["inside"],
        "something happened to the other directory"
    );

    file.append(b", still").expect("append");
    TemporaryFile::persist(file, &out, "free", true).expect("persist to a name that is free");
    assert_eq!(fs::read("/out/free").expect("read it"), b"temporary, still");
    assert_space_empty();
    passed();
}
