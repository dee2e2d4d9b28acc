//! `open` of a file whose entry the program deleted is `no-entry`, or a descriptor of that file; it makes no new entry.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, assert_space_empty, file_with, passed, read_descriptor, stands,
};

pub(crate) fn main() {
    let file = file_with(b"deleted by path");
    let path = file.get_path().expect("get its path");
    fs::remove_file(&path).expect("delete it by path");
    for flags in [DescriptorFlags::READ, DescriptorFlags::READ | DescriptorFlags::WRITE] {
        match file.open(flags) {
            Ok(descriptor) => {
                let found = read_descriptor(&descriptor);
                assert_eq!(found.as_deref(), Ok(b"deleted by path".as_slice()), "another file");
            }
            Err(code) => assert_eq!(code, ErrorCode::NoEntry, "with {flags:?}"),
        }
        assert!(!stands(&path), "`open` made a new entry");
    }
    drop(file);
    assert_space_empty();
    passed();
}
