//! A kept file stays under the path that `keep` answers, with its content, until the space ends.
//@ left = ["first-*", "second-*"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    FileOptions, TemporaryFile, in_space, max_memory, name_of, named, passed, put, space_path, stands,
};

fn file(prefix: &str, bytes: &[u8]) -> TemporaryFile {
    let options = FileOptions {
        name: named(prefix, ".txt"),
        max_memory: max_memory(),
    };
    let file = TemporaryFile::create(&options).expect("create a file");
    file.write(bytes, 0).expect("write");
    file
}

pub(crate) fn main() {
    let first = file("first-", b"had a path before");
    let path = first.get_path().expect("get its path");
    let kept = TemporaryFile::keep(first).expect("keep it");
    assert_eq!(kept, path, "the kept file is elsewhere");
    assert!(stands(&kept), "the kept file went with its handle");

    let second = TemporaryFile::keep(file("second-", b"had none")).expect("keep another");
    let name = name_of(&second);
    assert_eq!(second, format!("{}/{name}", space_path()), "it is not in the space");
    assert!(
        name.starts_with("second-") && name.ends_with(".txt"),
        "its name is not made of its pattern: {name}"
    );
    assert_eq!(in_space(), [name_of(&kept), name], "something else is in the space");

    assert_eq!(fs::read(&kept).expect("read it by path"), b"had a path before");
    assert_eq!(fs::read(&second).expect("read the other by path"), b"had none");
    put(&kept, "changed");
    assert_eq!(fs::read(&kept).expect("read it again"), b"changed");
    passed();
}
