//! A descriptor that `open` of a temporary directory answered with can be the `parent`.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    DescriptorFlags, TemporaryDirectory, TemporaryFile, assert_space_empty, file_with, names_in, new_directory, passed,
};

pub(crate) fn main() {
    let target = new_directory();
    let path = target.get_path().expect("get its path");
    let flags = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
    let parent = target.open(flags).expect("open it");
    TemporaryFile::persist(file_with(b"a file"), &parent, "file", false).expect("persist a file into it");
    TemporaryDirectory::persist(new_directory(), &parent, "tree").expect("persist a directory into it");
    assert_eq!(fs::read(format!("{path}/file")).expect("read the file"), b"a file");
    assert_eq!(names_in(&path), ["file", "tree"], "something else is in there");
    drop(parent);
    drop(target);
    assert_space_empty();
    passed();
}
