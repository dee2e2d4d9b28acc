//! What was created in a directory and persisted does not go with it, and the directory goes on without it.
//@ out = ["file", "tree", "tree/data.txt"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    TemporaryDirectory, TemporaryFile, any_name, assert_holds, assert_space_empty, file_options, names_in,
    new_directory, passed, preopen, put,
};

pub(crate) fn main() {
    let out = preopen("/out");
    let dir = new_directory();
    let [persisted, other] = [b"persisted", b"the other"].map(|bytes| {
        let file = dir.create_file(&file_options()).expect("create a file in it");
        file.write(bytes, 0).expect("write");
        file
    });
    let inner = dir.create_directory(&any_name()).expect("create a directory in it");
    let inner_path = inner.get_path().expect("get the path of that");
    put(format!("{inner_path}/data.txt"), "by path");

    TemporaryFile::persist(persisted, &out, "file", false).expect("persist the file");
    TemporaryDirectory::persist(inner, &out, "tree").expect("persist the inner directory");
    assert_holds(&other, b"the other");
    dir.create_file(&file_options()).expect("create another file in it");
    drop(other);
    let path = dir.get_path().expect("get its path");
    assert!(
        names_in(&path).is_empty(),
        "something is left in it: {:?}",
        names_in(&path)
    );
    drop(dir);
    assert_eq!(fs::read("/out/file").expect("read the file"), b"persisted");
    assert_eq!(
        fs::read("/out/tree/data.txt").expect("read what is in the tree"),
        b"by path"
    );
    assert_space_empty();
    passed();
}
