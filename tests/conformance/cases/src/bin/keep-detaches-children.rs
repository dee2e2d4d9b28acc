//! A kept directory detaches the handles of what was created in it, however deep; what is on disk stays.
//@ left = ["kept-*", "kept-*/in-*", "kept-*/in-*/leaf-*", "kept-*/in-*/sub-*", "kept-*/leaf-*"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    FileOptions, TemporaryDirectory, TemporaryFile, detached_directory, detached_file, file_options, named, passed,
    stands,
};

fn file_in(dir: &TemporaryDirectory) -> (TemporaryFile, String) {
    let options = FileOptions {
        name: named("leaf-", ""),
        ..file_options()
    };
    let file = dir.create_file(&options).expect("create a file in a directory");
    file.write(b"a child", 0).expect("write");
    let path = file.get_path().expect("get its path");
    (file, path)
}

pub(crate) fn main() {
    let dir = TemporaryDirectory::create(&named("kept-", "")).expect("create a directory");
    let inner = dir.create_directory(&named("in-", "")).expect("create one in it");
    let deeper = inner.create_directory(&named("sub-", "")).expect("create one in that");
    let (file, path) = file_in(&dir);
    let (deep_file, deep_path) = file_in(&inner);
    let deeper_path = deeper.get_path().expect("get its path");

    TemporaryDirectory::keep(dir).expect("keep the directory");
    let [file, deep_file] = [file, deep_file].map(detached_file);
    let [inner, deeper] = [inner, deeper].map(detached_directory);

    drop(file);
    TemporaryFile::close(deep_file).expect("close a detached file");
    drop(deeper);
    TemporaryDirectory::close(inner).expect("close a detached directory");
    for path in [path, deep_path] {
        assert_eq!(fs::read(path).expect("read a file that was kept"), b"a child");
    }
    assert!(stands(&deeper_path), "a directory went with its detached handle");
    passed();
}
