//! With `overwrite` a file takes the place of another one, whose other names stay as they are.
//@ out = ["name", "other"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    ErrorCode, TemporaryFile, assert_space_empty, file_with, names_in, passed, preopen, put,
};

pub(crate) fn main() {
    let out = preopen("/out");
    put("/out/name", "what stood there before, and is longer");
    fs::hard_link("/out/name", "/out/other").expect("give it another name");
    TemporaryFile::persist(file_with(b"the first"), &out, "name", true).expect("replace it");
    assert_eq!(fs::read("/out/name").expect("read it"), b"the first");
    let other = fs::read("/out/other").expect("read the other name");
    assert_eq!(
        other, b"what stood there before, and is longer",
        "it was written over in place"
    );

    // What was persisted is a file like any other.
    let (second, code) = TemporaryFile::persist(file_with(b"the second"), &out, "name", false)
        .expect_err("replaced without `overwrite`");
    assert_eq!(code, ErrorCode::Exist, "persist to the same name without `overwrite`");
    TemporaryFile::persist(second, &out, "name", true).expect("replace it again");
    assert_eq!(fs::read("/out/name").expect("read it again"), b"the second");
    assert_eq!(names_in("/out"), ["name", "other"], "something else is there");
    assert_space_empty();
    passed();
}
