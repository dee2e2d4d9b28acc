//! What is created through a descriptor of a directory stands at its path, and goes with it.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::wasi::types::{DescriptorType, OpenFlags, PathFlags};
use scratch_conformance_cases::{
    DescriptorFlags, assert_space_empty, names_in, new_directory, passed, put, read_descriptor, stands,
    write_descriptor,
};

pub(crate) fn main() {
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    let descriptor = directory
        .open(DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY)
        .expect("open it");
    assert_eq!(descriptor.get_type(), Ok(DescriptorType::Directory), "its type");
    descriptor.create_directory_at("inner").expect("create a directory");
    let both = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let file = descriptor
        .open_at(
            PathFlags::empty(),
            "file",
            OpenFlags::CREATE | OpenFlags::EXCLUSIVE,
            both,
        )
        .expect("create a file");
    write_descriptor(&file, b"by descriptor", 0).expect("write to it");
    drop(file);
    assert_eq!(names_in(&path), ["file", "inner"], "what stands at its path");
    assert_eq!(
        fs::read(format!("{path}/file")).expect("read it by path"),
        b"by descriptor"
    );

    // And the other way round.
    put(format!("{path}/inner/deep"), "by path");
    let deep = descriptor
        .open_at(
            PathFlags::empty(),
            "inner/deep",
            OpenFlags::empty(),
            DescriptorFlags::READ,
        )
        .expect("open what was made by path");
    assert_eq!(read_descriptor(&deep).as_deref(), Ok(b"by path".as_slice()));
    descriptor.unlink_file_at("file").expect("unlink by descriptor");
    assert_eq!(names_in(&path), ["inner"], "what stands at its path after that");

    drop((deep, descriptor));
    assert!(stands(&path), "the drop of a descriptor took the directory");
    drop(directory);
    assert!(!stands(&path), "the directory is still there");
    assert_space_empty();
    passed();
}
