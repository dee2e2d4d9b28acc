//! A directory replaces nothing, not even an empty one: `exist`, and the handle comes back and works.
//@ out = ["dangling", "directory", "directory/inside", "empty", "file", "free", "free/data.txt", "link"]
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use std::fs;
use std::path::Path;

use scratch_conformance_cases::{
    ErrorCode, TemporaryDirectory, assert_space_empty, names_in, new_directory, passed, preopen, put,
};

pub(crate) fn main() {
    let out = preopen("/out");
    put("/out/file", "taken");
    fs::create_dir("/out/empty").expect("make an empty directory");
    fs::create_dir("/out/directory").expect("make a directory");
    put("/out/directory/inside", "inside");
    out.symlink_at("empty", "link").expect("make a link");
    out.symlink_at("nowhere", "dangling").expect("make a dangling link");
    let before = names_in("/out");

    let mut dir = new_directory();
    let path = dir.get_path().expect("get its path");
    put(format!("{path}/data.txt"), "by path");
    for name in &before {
        let (handle, code) = TemporaryDirectory::persist(dir, &out, name).expect_err("replaced something");
        assert_eq!(code, ErrorCode::Exist, "persist as `{name}`");
        assert_eq!(
            handle.get_path(),
            Ok(path.clone()),
            "the handle came back with another path"
        );
        assert_eq!(
            names_in(&path),
            ["data.txt"],
            "the refusal as `{name}` changed what is in it"
        );
        assert_eq!(
            names_in("/out"),
            before,
            "the refusal as `{name}` made or took something"
        );
        dir = handle;
    }
    assert_eq!(fs::read("/out/file").expect("read the file"), b"taken");
    assert!(names_in("/out/empty").is_empty(), "something is in the empty directory");
    assert_eq!(
        names_in("/out/directory"),
        ["inside"],
        "something happened to the other directory"
    );
    for (link, target) in [("/out/link", "empty"), ("/out/dangling", "nowhere")] {
        let found = fs::read_link(link).expect("read a link");
        assert_eq!(found, Path::new(target), "{link} leads elsewhere");
    }

    TemporaryDirectory::persist(dir, &out, "free").expect("persist to a name that is free");
    assert_eq!(fs::read("/out/free/data.txt").expect("read what is in it"), b"by path");
    assert_space_empty();
    passed();
}
