//! In the usage a file with several names has its bytes once, and an entry for each name.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{assert_space_empty, new_directory, passed, put, usage};

pub(crate) fn main() {
    let [one, other] = [new_directory(), new_directory()];
    let inside = |name: &str| format!("{}/{name}", one.get_path().expect("get a path"));
    let outside = |name: &str| format!("{}/{name}", other.get_path().expect("get a path"));
    put(inside("ten"), "10 bytes..");
    put(inside("five"), "5 byt");
    put(inside("ten-too"), "as many...");
    assert_eq!(usage(), (25, 5), "each has one name");

    fs::hard_link(inside("ten"), inside("again")).expect("give a file another name");
    fs::hard_link(inside("ten"), outside("again")).expect("give it one more in another directory");
    fs::hard_link(inside("ten-too"), outside("too")).expect("give another of that size a name there");
    fs::hard_link(inside("five"), outside("five")).expect("give the smaller one a name there");
    assert_eq!(usage(), (25, 9), "all have several");

    put(outside("again"), "15 bytes by now");
    assert_eq!(usage(), (30, 9), "one was written under another name");
    drop(one);
    assert_eq!(usage(), (30, 4), "only the other names are left");
    drop(other);
    assert_eq!(usage(), (0, 0), "after all went");
    assert_space_empty();
    passed();
}
