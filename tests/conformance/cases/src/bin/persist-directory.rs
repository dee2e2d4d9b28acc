//! A persisted directory is in `parent` with all that is in it, and no longer in the space.
//@ out = ["empty", "tree", "tree/a", "tree/a/b", "tree/a/b/c", "tree/a/b/c/data.txt", "tree/a/empty", "tree/empty", "tree/large", "tree/leaf-*", "tree/one"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    FileOptions, TemporaryDirectory, any_name, assert_space_empty, file_options, name_of, named, names_in,
    new_directory, passed, preopen, put, stands, varied,
};

pub(crate) fn main() {
    let out = preopen("/out");
    TemporaryDirectory::persist(new_directory(), &out, "empty").expect("persist an empty directory");
    assert!(names_in("/out/empty").is_empty(), "something is in the empty directory");

    let dir = TemporaryDirectory::create(&any_name()).expect("create a directory");
    let path = dir.get_path().expect("get its path");
    let inside = |name: &str| format!("{path}/{name}");
    let large = varied(1_500_000, 1);
    fs::create_dir_all(inside("a/b/c")).expect("make directories in it");
    fs::create_dir(inside("a/empty")).expect("make an empty one deeper down");
    put(inside("a/b/c/data.txt"), "by path");
    put(inside("empty"), "");
    put(inside("large"), &large);
    put(inside("one"), "1");
    let options = FileOptions {
        name: named("leaf-", ""),
        ..file_options()
    };
    let child = dir.create_file(&options).expect("create a file in it");
    child.write(b"by handle", 0).expect("write");
    let child_path = child.get_path().expect("get the path of that");

    TemporaryDirectory::persist(dir, &out, "tree").expect("persist it");
    assert!(!stands(&path), "it is still under its old path, too");
    assert_space_empty();
    let read = |name: &str| fs::read(format!("/out/tree/{name}")).expect("read a file that was in it");
    assert_eq!(read("a/b/c/data.txt"), b"by path");
    assert_eq!(read("empty"), b"");
    assert_eq!(read("one"), b"1");
    assert_eq!(read(name_of(&child_path)), b"by handle");
    assert!(read("large") == large, "a large file that was in it is another one");
    assert!(
        names_in("/out/tree/a/empty").is_empty(),
        "something is in an empty directory"
    );
    passed();
}
