//! What is persisted into the space itself is no longer temporary, and stays until the space ends.
//@ left = ["file", "tree", "tree/data.txt"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    TemporaryDirectory, TemporaryFile, file_with, in_space, new_directory, passed, preopen, put, space_path,
};

pub(crate) fn main() {
    let path = space_path();
    let space = preopen(&path);
    TemporaryFile::persist(file_with(b"first"), &space, "file", false).expect("persist a file into the space");
    assert_eq!(fs::read(format!("{path}/file")).expect("read it"), b"first");
    TemporaryFile::persist(file_with(b"second"), &space, "file", true).expect("replace it");
    assert_eq!(fs::read(format!("{path}/file")).expect("read it again"), b"second");

    let dir = new_directory();
    put(format!("{}/data.txt", dir.get_path().expect("get its path")), "by path");
    TemporaryDirectory::persist(dir, &space, "tree").expect("persist a directory into the space");
    assert_eq!(
        fs::read(format!("{path}/tree/data.txt")).expect("read what is in it"),
        b"by path"
    );

    // Others come and go beside it.
    drop((file_with(b"another"), new_directory()));
    assert_eq!(in_space(), ["file", "tree"], "something else is in the space");
    passed();
}
