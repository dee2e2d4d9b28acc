//! A dropped file is gone, by its name and from the space, before the drop returns.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_space_empty, file_with, in_space, name_of, passed, stands};

pub(crate) fn main() {
    let file = file_with(b"to be dropped");
    drop(file);
    assert_space_empty();

    let file = file_with(b"to be dropped, by name");
    let path = file.get_path().expect("get its path");
    assert!(stands(&path), "a file with a path is not there");
    assert_eq!(in_space(), [name_of(&path)], "something else is in the space");
    drop(file);
    assert!(!stands(&path), "a dropped file is still there");
    assert_space_empty();
    passed();
}
