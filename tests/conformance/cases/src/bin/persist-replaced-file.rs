//! What the program put in the place of a file does not leave the space: `no-entry`.
//@ left = ["target"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    ErrorCode, TemporaryFile, file_with, in_space, link, names_in, passed, preopen, put, space_path, stands,
};

/// Puts something else there; it is refused, left where it is, and goes with the handle.
fn refused(what: &str, replace: impl Fn(&str)) {
    let out = preopen("/out");
    let mut file = file_with(b"the file");
    let path = file.get_path().expect("get its path");
    fs::remove_file(&path).expect("delete it by path");
    replace(&path);
    for overwrite in [false, true] {
        let (handle, code) =
            TemporaryFile::persist(file, &out, "file", overwrite).expect_err("persisted what is not the file");
        assert_eq!(code, ErrorCode::NoEntry, "there is {what} in its place");
        assert!(stands(&path), "the refusal took {what}");
        file = handle;
    }
    assert!(
        names_in("/out").is_empty(),
        "the refusal left something: {:?}",
        names_in("/out")
    );
    drop(file);
    assert!(
        !stands(&path),
        "{what} in the place of a file did not go with its handle"
    );
}

pub(crate) fn main() {
    let target = format!("{}/target", space_path());
    put(&target, "where a link leads");
    refused("another file", |path| put(path, "another"));
    refused("another file with the same bytes", |path| put(path, "the file"));
    refused("a directory", |path| {
        fs::create_dir(path).expect("make a directory there")
    });
    refused("a link", |path| link("target", path).expect("make a link there"));
    refused("a link to nothing", |path| {
        link("nowhere", path).expect("make a link there")
    });
    refused("another temporary file", |path| {
        let other = file_with(b"another");
        fs::rename(other.get_path().expect("get a path"), path).expect("move it there");
    });
    assert_eq!(in_space(), ["target"], "something else is in the space");
    assert_eq!(fs::read(&target).expect("read the target"), b"where a link leads");
    passed();
}
