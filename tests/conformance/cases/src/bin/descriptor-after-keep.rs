//! A descriptor of a file that is kept is one of the file where it stays.
//@ left = ["tmp*"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    DescriptorFlags, TemporaryFile, file_with, passed, put, read_descriptor, write_descriptor,
};

pub(crate) fn main() {
    let file = file_with(b"to be kept");
    let descriptor = file
        .open(DescriptorFlags::READ | DescriptorFlags::WRITE)
        .expect("open it");
    let path = file.get_path().expect("get its path");
    let kept = TemporaryFile::keep(file).map_err(|(_, code)| code).expect("keep it");
    assert_eq!(kept, path, "it was kept somewhere else");
    write_descriptor(&descriptor, b"HELD", 6).expect("write on");
    assert_eq!(fs::read(&path).expect("read it by path"), b"to be HELD");
    put(&path, "by path");
    assert_eq!(read_descriptor(&descriptor).as_deref(), Ok(b"by path".as_slice()));
    passed();
}
