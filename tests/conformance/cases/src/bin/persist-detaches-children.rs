//! A persisted directory detaches the handles of what was created in it, and takes along what is on disk.
//@ out = ["kept", "kept/in-*", "kept/in-*/leaf-*", "kept/in-*/sub-*", "kept/leaf-*"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    FileOptions, TemporaryDirectory, TemporaryFile, assert_space_empty, detached_directory, detached_file,
    file_options, name_of, named, new_directory, passed, preopen, stands,
};

fn file_in(dir: &TemporaryDirectory) -> (TemporaryFile, String) {
    let options = FileOptions {
        name: named("leaf-", ""),
        ..file_options()
    };
    let file = dir.create_file(&options).expect("create a file in a directory");
    file.write(b"a child", 0).expect("write");
    let path = file.get_path().expect("get its path");
    (file, name_of(&path).to_owned())
}

pub(crate) fn main() {
    let dir = new_directory();
    let inner = dir
        .create_directory(&named("in-", ""))
        .expect("create a directory in it");
    let deeper = inner.create_directory(&named("sub-", "")).expect("create one in that");
    let (file, name) = file_in(&dir);
    let (deep_file, deep_name) = file_in(&inner);
    let path = dir.get_path().expect("get its path");
    let inside = |directory: &TemporaryDirectory| {
        let other = directory.get_path().expect("get a path in it");
        format!("/out/kept{}", other.strip_prefix(&path).expect("it is in there"))
    };
    let (inner_path, deeper_path) = (inside(&inner), inside(&deeper));

    TemporaryDirectory::persist(dir, &preopen("/out"), "kept").expect("persist the directory");
    let [file, deep_file] = [file, deep_file].map(detached_file);
    let [inner, deeper] = [inner, deeper].map(detached_directory);

    drop(file);
    TemporaryFile::close(deep_file).expect("close a detached file");
    drop(deeper);
    TemporaryDirectory::close(inner).expect("close a detached directory");
    for path in [format!("/out/kept/{name}"), format!("{inner_path}/{deep_name}")] {
        assert_eq!(fs::read(path).expect("read a file that was persisted"), b"a child");
    }
    assert!(stands(&deeper_path), "a directory went with its detached handle");
    assert_space_empty();
    passed();
}
