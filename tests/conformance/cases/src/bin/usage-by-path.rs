//! The usage is what is in the space however it came there: files and their bytes, directories, at any depth.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{assert_space_empty, passed, put, space_path, usage};

pub(crate) fn main() {
    let space = space_path();
    assert_eq!(usage(), (0, 0), "in an empty space");

    // 8 directories beside each other, each with 3 in it, each with a file of 10 bytes in it: 56 entries.
    for outer in 0..8 {
        for inner in 0..3 {
            fs::create_dir_all(format!("{space}/{outer}/{inner}")).expect("make directories");
            put(format!("{space}/{outer}/{inner}/data.txt"), "10 bytes..");
        }
    }
    assert_eq!(usage(), (240, 56), "directories beside each other");

    // A chain of 20, with a file of 1 byte beside each: 40 entries.
    let mut path = format!("{space}/chain");
    for _ in 0..20 {
        fs::create_dir(&path).expect("make a directory");
        put(format!("{path}/data.txt"), "1");
        path.push_str("/d");
    }
    assert_eq!(usage(), (260, 96), "directories in each other");

    put(format!("{space}/.hidden"), "hidden");
    put(format!("{space}/empty"), "");
    assert_eq!(usage(), (266, 98), "a hidden file and an empty one");

    put(format!("{space}/.hidden"), "2");
    fs::remove_dir_all(format!("{space}/chain")).expect("delete the chain");
    assert_eq!(usage(), (241, 58), "after a file became smaller, and the chain went");
    fs::rename(format!("{space}/0"), format!("{space}/1/0/moved")).expect("move a directory");
    assert_eq!(usage(), (241, 58), "after a directory moved");

    for name in ["1", "2", "3", "4", "5", "6", "7"] {
        fs::remove_dir_all(format!("{space}/{name}")).expect("delete a directory");
    }
    for name in [".hidden", "empty"] {
        fs::remove_file(format!("{space}/{name}")).expect("delete a file");
    }
    assert_eq!(usage(), (0, 0), "after all went");
    assert_space_empty();
    passed();
}
