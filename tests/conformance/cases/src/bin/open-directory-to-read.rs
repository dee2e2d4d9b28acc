//! A descriptor of a directory that was opened to read lists it and opens what is in it.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::wasi::types::{DescriptorType, OpenFlags, PathFlags};
use scratch_conformance_cases::{Descriptor, DescriptorFlags, new_directory, passed, put, read_descriptor};

pub(crate) fn main() {
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    let descriptor = directory.open(DescriptorFlags::READ).expect("open it");
    assert_eq!(list(&descriptor), [], "a new directory is not empty");
    put(format!("{path}/a"), "one");
    fs::create_dir(format!("{path}/b")).expect("make a directory by path");
    let expected = [("a", DescriptorType::RegularFile), ("b", DescriptorType::Directory)];
    assert_eq!(
        list(&descriptor),
        expected.map(|(name, kind)| (name.to_owned(), kind)),
        "its listing"
    );
    let file = descriptor
        .open_at(PathFlags::empty(), "a", OpenFlags::empty(), DescriptorFlags::READ)
        .expect("open a file in it");
    assert_eq!(read_descriptor(&file).as_deref(), Ok(b"one".as_slice()));
    let stat = descriptor.stat().expect("stat it");
    assert_eq!(stat.type_, DescriptorType::Directory, "what it is");
    passed();
}

fn list(descriptor: &Descriptor) -> Vec<(String, DescriptorType)> {
    let stream = descriptor.read_directory().expect("list it");
    let mut entries = Vec::new();
    while let Some(entry) = stream.read_directory_entry().expect("go on") {
        entries.push((entry.name, entry.type_));
    }
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    entries
}
