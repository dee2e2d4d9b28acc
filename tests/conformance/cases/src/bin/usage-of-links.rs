//! In the usage a link is an entry, and what it leads to is not followed.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_space_empty, link, name_of, new_directory, passed, put, space};

pub(crate) fn main() {
    let dir = new_directory();
    let path = dir.get_path().expect("get its path");
    put(format!("{path}/data.txt"), "10 bytes..");
    for (target, name) in [
        ("data.txt", "to-file"),
        (".", "to-directory"),
        ("..", "to-space"),
        ("nowhere", "dangling"),
        ("itself", "itself"),
        (name_of(&path), "by-name"),
    ] {
        link(target, &format!("{path}/{name}")).expect("make a link");
    }
    let usage = space::get_usage();
    assert_eq!(usage.entries, 8, "a directory, a file and six links");
    assert_eq!(usage.bytes, 10, "the bytes of one file");
    drop(dir);
    let usage = space::get_usage();
    assert_eq!((usage.bytes, usage.entries), (0, 0), "after all went");
    assert_space_empty();
    passed();
}
