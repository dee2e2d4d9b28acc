//! Files on disk stay in a directory that is kept or persisted, however deep they were made, also those whose path nobody asked for.
//@ storages = ["disk"]
//@ out = ["dir", "dir/in-*", "dir/in-*/leaf-*", "dir/leaf-*"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    FileOptions, TemporaryDirectory, TemporaryFile, assert_space_empty, file_options, named, names_in, new_directory,
    passed, preopen,
};

fn file_in(dir: &TemporaryDirectory) -> TemporaryFile {
    let options = FileOptions {
        name: named("leaf-", ""),
        ..file_options()
    };
    let file = dir.create_file(&options).expect("create a file in a directory");
    file.write(b"a child", 0).expect("write");
    assert!(!file.is_in_memory(), "it is not on disk");
    file
}

/// A directory, and the handles of what is in it.
fn tree() -> (TemporaryDirectory, TemporaryDirectory, [TemporaryFile; 2]) {
    let dir = new_directory();
    let inner = dir
        .create_directory(&named("in-", ""))
        .expect("create a directory in it");
    let files = [file_in(&dir), file_in(&inner)];
    (dir, inner, files)
}

/// That of the name that begins so.
fn one(dir: &str, begin: &str) -> String {
    let names: Vec<String> = names_in(dir)
        .into_iter()
        .filter(|name| name.starts_with(begin))
        .collect();
    assert_eq!(names.len(), 1, "so many names in {dir} begin with {begin}");
    format!("{dir}/{}", names[0])
}

fn assert_whole(dir: &str) {
    for dir in [dir, &one(dir, "in-")] {
        assert_eq!(fs::read(one(dir, "leaf-")).expect("read a file"), b"a child");
    }
}

pub(crate) fn main() {
    let (dir, inner, files) = tree();
    let kept = TemporaryDirectory::keep(dir).expect("keep the directory");
    drop((inner, files));
    assert_whole(&kept);
    fs::remove_dir_all(kept).expect("delete what was kept");

    let (dir, inner, files) = tree();
    TemporaryDirectory::persist(dir, &preopen("/out"), "dir").expect("persist the directory");
    drop((inner, files));
    assert_whole("/out/dir");
    assert_space_empty();
    passed();
}
