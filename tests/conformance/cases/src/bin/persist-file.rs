//! A persisted file is in `parent` with all of its content, and no longer in the space.
//@ out = ["empty", "inner", "inner/small", "large", "larger", "small"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    TemporaryFile, assert_space_empty, file_with, names_in, open_parent, passed, preopen, stands, varied,
};

pub(crate) fn main() {
    let out = preopen("/out");
    TemporaryFile::persist(file_with(b""), &out, "empty", false).expect("persist an empty file");
    assert_eq!(fs::read("/out/empty").expect("read the empty file"), b"");

    let small = file_with(b"had a path");
    let path = small.get_path().expect("get its path");
    TemporaryFile::persist(small, &out, "small", false).expect("persist a file");
    assert_eq!(fs::read("/out/small").expect("read it"), b"had a path");
    assert!(!stands(&path), "it is still under its old path, too");

    // One may be in memory by default, the other will hardly be.
    for (name, length) in [("larger", 20_000), ("large", 300_000)] {
        let bytes = varied(length, 1);
        TemporaryFile::persist(file_with(&bytes), &out, name, true).expect("persist a larger file");
        let found = fs::read(format!("/out/{name}")).expect("read it");
        assert!(found == bytes, "the {length} bytes are others, {} of them", found.len());
    }

    fs::create_dir("/out/inner").expect("make a directory");
    let inner = open_parent(&out, "inner");
    TemporaryFile::persist(file_with(b"deeper"), &inner, "small", false).expect("persist into a directory");
    assert_eq!(fs::read("/out/inner/small").expect("read what is in there"), b"deeper");

    assert_eq!(
        names_in("/out"),
        ["empty", "inner", "large", "larger", "small"],
        "something else is there"
    );
    assert_space_empty();
    passed();
}
