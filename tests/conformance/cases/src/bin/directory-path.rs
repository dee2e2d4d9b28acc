//! The path of a directory is below that of the space, stays the same, and leads to what is in it.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    DescriptorFlags, assert_space_empty, file_options, name_of, names_in, new_directory, passed, put, space_path,
};

pub(crate) fn main() {
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    assert_eq!(path, format!("{}/{}", space_path(), name_of(&path)), "not in the space");
    assert!(fs::symlink_metadata(&path).expect("look at it").is_dir());

    let file = directory.create_file(&file_options()).expect("create a file in it");
    let inside = file.get_path().expect("get its path");
    assert_eq!(inside, format!("{path}/{}", name_of(&inside)));
    assert_eq!(names_in(&path), [name_of(&inside)], "it holds something else");

    put(format!("{path}/by-path.txt"), "by path");
    let descriptor = directory.open(DescriptorFlags::READ).expect("open it");
    descriptor
        .stat_at(
            scratch_conformance_cases::wasi::types::PathFlags::empty(),
            "by-path.txt",
        )
        .expect("find by descriptor what was made by path");
    drop(descriptor);

    assert_eq!(directory.get_path().as_ref(), Ok(&path), "another path later");
    drop((file, directory));
    assert_space_empty();
    passed();
}
