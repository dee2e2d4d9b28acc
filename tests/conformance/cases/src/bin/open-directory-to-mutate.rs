//! A descriptor of a directory that was opened with `mutate-directory` alone creates, renames and deletes in it.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::wasi::types::{OpenFlags, PathFlags};
use scratch_conformance_cases::{DescriptorFlags, names_in, new_directory, passed};

pub(crate) fn main() {
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    let descriptor = directory.open(DescriptorFlags::MUTATE_DIRECTORY).expect("open it");
    let file = descriptor
        .open_at(PathFlags::empty(), "a", OpenFlags::CREATE, DescriptorFlags::WRITE)
        .expect("create a file");
    drop(file);
    descriptor.create_directory_at("b").expect("create a directory");
    descriptor.symlink_at("a", "c").expect("make a link");
    assert_eq!(names_in(&path), ["a", "b", "c"]);
    descriptor.rename_at("a", &descriptor, "d").expect("rename");
    descriptor.remove_directory_at("b").expect("remove the directory");
    descriptor.unlink_file_at("c").expect("remove the link");
    assert_eq!(names_in(&path), ["d"]);
    passed();
}
