//! What was put into a directory by path goes with it: trees, links, hidden names, open files.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use std::fs;
use std::io::Write;

use scratch_conformance_cases::{assert_space_empty, link, new_directory, passed, stands};

pub(crate) fn main() {
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    let inside = |name: &str| format!("{path}/{name}");
    for name in [
        "empty",
        ".hidden-directory",
        "a",
        "a/b",
        "a/b/c",
        "a/.b",
        " ",
        "-rf",
        "a/\u{1f600}",
    ] {
        fs::create_dir(inside(name)).unwrap_or_else(|error| panic!("make the directory {name:?}: {error}"));
    }
    for name in [
        "data.txt",
        ".hidden",
        "a/data.txt",
        "a/b/c/deep.txt",
        "a/.b/.c",
        " /x",
        "-rf/-x",
        "*",
        "a/\u{1f600}/\u{e9}",
    ] {
        fs::write(inside(name), "by path").unwrap_or_else(|error| panic!("write the file {name:?}: {error}"));
    }
    fs::write(inside("large.bin"), vec![7; 1 << 20]).expect("write a large file");
    fs::hard_link(inside("data.txt"), inside("a/same.txt")).expect("give a file another name");
    for (target, name) in [
        ("data.txt", "link"),
        ("a", "a/b/link"),
        ("nowhere", ".link"),
        ("loop", "loop"),
    ] {
        link(target, &inside(name)).unwrap_or_else(|code| panic!("make the link {name:?}: {code:?}"));
    }
    let mut open = fs::File::create(inside("a/b/open.txt")).expect("create a file");
    open.write_all(b"still open").expect("write to it");

    drop(directory);
    assert!(!stands(&path), "the directory is still there");
    assert_space_empty();
    drop(open);
    assert_space_empty();
    passed();
}
