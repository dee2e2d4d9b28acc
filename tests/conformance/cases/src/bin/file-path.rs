//! The path of a file is below that of the space, stays the same, and leads to the same bytes.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{assert_space_empty, content, file_with, name_of, passed, put, space_path};

pub(crate) fn main() {
    let file = file_with(b"before it had a path");
    let path = file.get_path().expect("get its path");
    assert_eq!(path, format!("{}/{}", space_path(), name_of(&path)), "not in the space");
    assert!(!file.is_in_memory(), "a file with a path is in memory");
    assert!(fs::symlink_metadata(&path).expect("look at it").is_file());
    assert_eq!(fs::read(&path).expect("read it by path"), b"before it had a path");

    file.write(b"by handle", 0).expect("write");
    file.set_size(9).expect("cut it off");
    assert_eq!(fs::read(&path).expect("read it by path"), b"by handle");
    put(&path, "by path");
    assert_eq!(content(&file), b"by path");
    assert_eq!(file.append(b", and on"), Ok(7));
    assert_eq!(fs::read(&path).expect("read it by path"), b"by path, and on");

    assert_eq!(file.get_path().as_ref(), Ok(&path), "another path later");
    drop(file);
    assert_space_empty();
    passed();
}
