//! With `overwrite` a file takes the place of a link, which is not followed.
//@ out = ["dangling", "directory", "file", "to-directory", "to-file"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{TemporaryFile, assert_space_empty, file_with, names_in, passed, preopen, put};

pub(crate) fn main() {
    let out = preopen("/out");
    put("/out/file", "where a link leads");
    fs::create_dir("/out/directory").expect("make a directory");
    out.symlink_at("file", "to-file").expect("make a link to the file");
    out.symlink_at("directory", "to-directory")
        .expect("make a link to the directory");
    out.symlink_at("nowhere", "dangling").expect("make a dangling link");
    let before = names_in("/out");

    for name in ["to-file", "to-directory", "dangling"] {
        TemporaryFile::persist(file_with(name.as_bytes()), &out, name, true)
            .unwrap_or_else(|(_, code)| panic!("replace the link `{name}`: {code}"));
        let path = format!("/out/{name}");
        let found = fs::symlink_metadata(&path).expect("look at it");
        assert!(found.is_file(), "`{name}` is no file but {:?}", found.file_type());
        assert_eq!(fs::read(&path).expect("read it"), name.as_bytes());
    }
    assert_eq!(fs::read("/out/file").expect("read the file"), b"where a link leads");
    assert!(
        names_in("/out/directory").is_empty(),
        "a link was followed into a directory"
    );
    assert_eq!(
        names_in("/out"),
        before,
        "something was made, through a link or beside it"
    );
    assert_space_empty();
    passed();
}
