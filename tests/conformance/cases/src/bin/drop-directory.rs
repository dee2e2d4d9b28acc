//! A dropped directory is gone, by its name and from the space, before the drop returns.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    any_name, assert_space_empty, in_space, name_of, names_in, new_directory, passed, stands,
};

pub(crate) fn main() {
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    assert!(stands(&path), "a directory is not there");
    assert_eq!(in_space(), [name_of(&path)], "something else is in the space");
    drop(directory);
    assert!(!stands(&path), "a dropped directory is still there");
    assert_space_empty();

    let outer = new_directory();
    let inner = outer.create_directory(&any_name()).expect("create a directory in it");
    let path = inner.get_path().expect("get its path");
    drop(inner);
    assert!(!stands(&path), "a dropped inner directory is still there");
    assert_eq!(names_in(outer.get_path().expect("get its path")), [""; 0]);
    drop(outer);
    assert_space_empty();
    passed();
}
