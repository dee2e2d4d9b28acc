//! A descriptor of a directory that is kept is one of the directory where it stays.
//@ storages = ["disk"]
//@ left = ["tmp*", "tmp*/new"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{DescriptorFlags, TemporaryDirectory, names_in, new_directory, passed};

pub(crate) fn main() {
    let directory = new_directory();
    let descriptor = directory
        .open(DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY)
        .expect("open it");
    let path = TemporaryDirectory::keep(directory)
        .map_err(|(_, code)| code)
        .expect("keep it");
    descriptor.create_directory_at("new").expect("create something in it");
    assert_eq!(names_in(path), ["new"], "it was created somewhere else");
    passed();
}
