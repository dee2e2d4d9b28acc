//! Nothing is created through a descriptor of a directory that is gone, and its listing is empty or an error.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::wasi::types::{OpenFlags, PathFlags};
use scratch_conformance_cases::{DescriptorFlags, assert_space_empty, new_directory, passed, put};

pub(crate) fn main() {
    let directory = new_directory();
    let descriptor = directory
        .open(DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY)
        .expect("open it");
    descriptor
        .create_directory_at("inner")
        .expect("create a directory in it");
    let inner = descriptor
        .open_at(PathFlags::empty(), "inner", OpenFlags::DIRECTORY, DescriptorFlags::READ)
        .expect("open that");
    let path = directory.get_path().expect("get its path");
    put(format!("{path}/file"), "content");
    let elsewhere = new_directory();
    let target = elsewhere
        .open(DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY)
        .expect("open another one");
    let other = target
        .open_at(PathFlags::empty(), "other", OpenFlags::CREATE, DescriptorFlags::WRITE)
        .expect("create a file in the other one");
    drop(other);
    drop(directory);

    for gone in [&descriptor, &inner] {
        let _ = gone.stat();
        if let Ok(listing) = gone.read_directory() {
            let entry = listing.read_directory_entry();
            assert!(!matches!(entry, Ok(Some(_))), "it lists {entry:?}");
        }
        let create = OpenFlags::CREATE;
        let made = gone.open_at(PathFlags::empty(), "new", create, DescriptorFlags::WRITE);
        assert!(made.is_err(), "it created a file");
        assert!(gone.create_directory_at("new").is_err(), "it created a directory");
        assert!(gone.symlink_at("old", "new").is_err(), "it made a link");
        let renamed = target.rename_at("other", gone, "new");
        assert!(renamed.is_err(), "something was renamed into it");
        let found = gone.stat_at(PathFlags::empty(), "file");
        assert!(found.is_err(), "it finds what is gone");
    }
    drop((target, elsewhere));
    assert_space_empty();
    drop((descriptor, inner));
    assert_space_empty();
    passed();
}
