//! The path of the space is that of the preopened directory that shows it; asking makes nothing.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    assert_space_empty, name_of, names_in, new_directory, new_file, passed, preopen, space, stands,
};

pub(crate) fn main() {
    assert_eq!(space::get_path().as_deref(), Some("/tmp"));
    assert_space_empty();
    drop(preopen("/tmp"));

    let directory = new_directory();
    let file = new_file();
    let path = file.get_path().expect("get its path");
    assert_eq!(space::get_path().as_deref(), Some("/tmp"), "another path later");
    assert!(stands(&path), "a file with a path is not there");
    assert!(
        names_in("/tmp").iter().any(|name| name == name_of(&path)),
        "the file is not in the space"
    );
    drop((file, directory));
    assert_eq!(space::get_path().as_deref(), Some("/tmp"), "another path at the end");
    assert_space_empty();
    passed();
}
