//! Without `overwrite` a file replaces nothing: `exist`, and the handle comes back and works.
//@ out = ["dangling", "directory", "directory/inside", "empty", "file", "free", "link"]
#![forbid(unsafe_code)]

use std::fs;
use std::path::Path;

use scratch_conformance_cases::{
    ErrorCode, TemporaryFile, assert_holds, assert_space_empty, file_with, names_in, passed, preopen, put,
};

pub(crate) fn main() {
    let out = preopen("/out");
    put("/out/file", "taken");
    fs::create_dir("/out/empty").expect("make an empty directory");
    fs::create_dir("/out/directory").expect("make a directory");
    put("/out/directory/inside", "inside");
    out.symlink_at("file", "link").expect("make a link");
    out.symlink_at("nowhere", "dangling").expect("make a dangling link");
    let before = names_in("/out");

    let mut file = file_with(b"temporary");
    let was_in_memory = file.is_in_memory();
    for name in &before {
        let (handle, code) = TemporaryFile::persist(file, &out, name, false).expect_err("replaced something");
        assert_eq!(code, ErrorCode::Exist, "persist as `{name}`");
        assert_eq!(handle.is_in_memory(), was_in_memory, "the refusal as `{name}` moved it");
        assert_holds(&handle, b"temporary");
        assert_eq!(
            names_in("/out"),
            before,
            "the refusal as `{name}` made or took something"
        );
        file = handle;
    }
    assert_eq!(fs::read("/out/file").expect("read the file"), b"taken");
    let inside = fs::read("/out/directory/inside").expect("read what is in the directory");
    assert_eq!(inside, b"inside");
    for (link, target) in [("/out/link", "file"), ("/out/dangling", "nowhere")] {
        let found = fs::read_link(link).expect("read a link");
        assert_eq!(found, Path::new(target), "{link} leads elsewhere");
    }

    file.append(b", still").expect("append");
    TemporaryFile::persist(file, &out, "free", false).expect("persist to a name that is free");
    assert_eq!(fs::read("/out/free").expect("read it"), b"temporary, still");
    assert_space_empty();
    passed();
}
