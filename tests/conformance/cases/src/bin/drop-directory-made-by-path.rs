//! What was put into a directory by path goes with it: trees, links, hidden names, open files.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{assert_space_empty, link, new_directory, passed, put, stands};

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
        put(inside(name), "by path");
    }
    put(inside("large.bin"), vec![7; 1 << 20]);
    fs::hard_link(inside("data.txt"), inside("a/same.txt")).expect("give a file another name");
    for (target, name) in [
        ("data.txt", "link"),
        ("a", "a/b/link"),
        ("nowhere", ".link"),
        ("loop", "loop"),
    ] {
        link(target, &inside(name)).unwrap_or_else(|code| panic!("make the link {name:?}: {code:?}"));
    }
    put(inside("a/b/open.txt"), "still open");
    let open = fs::File::open(inside("a/b/open.txt")).expect("open it");

    drop(directory);
    assert!(!stands(&path), "the directory is still there");
    assert_space_empty();
    drop(open);
    assert_space_empty();
    passed();
}
