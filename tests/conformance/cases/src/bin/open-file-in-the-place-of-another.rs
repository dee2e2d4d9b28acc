//! `open` of a file in whose place the program put another file is a descriptor of one of the two.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, assert_space_empty, file_with, passed, put, read_descriptor,
};

pub(crate) fn main() {
    let file = file_with(b"the first");
    let path = file.get_path().expect("get its path");
    fs::remove_file(&path).expect("delete it by path");
    put(&path, "the second");
    match file.open(DescriptorFlags::READ) {
        Ok(descriptor) => {
            let found = read_descriptor(&descriptor).expect("read it");
            assert!(
                found == b"the first" || found == b"the second",
                "it is neither of the two: {found:?}"
            );
        }
        // For a provider that tells them apart, the first has been deleted.
        Err(code) => assert_eq!(code, ErrorCode::NoEntry, "an open of what was replaced"),
    }
    assert_eq!(fs::read(&path).expect("read by path"), b"the second");
    drop(file);
    assert_space_empty();
    passed();
}
