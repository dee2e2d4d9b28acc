//! `open` of a directory that the program deleted is `no-entry`, and makes no new one.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{DescriptorFlags, ErrorCode, any_name, assert_space_empty, new_directory, passed};

pub(crate) fn main() {
    let outer = new_directory();
    let inner = outer.create_directory(&any_name()).expect("create a directory in it");
    fs::remove_dir_all(outer.get_path().expect("get its path")).expect("delete both");
    let (read, mutate) = (DescriptorFlags::READ, DescriptorFlags::MUTATE_DIRECTORY);
    for directory in [&outer, &inner] {
        for flags in [read, mutate, read | mutate] {
            let refused = directory.open(flags).map(drop);
            assert_eq!(refused, Err(ErrorCode::NoEntry), "with {flags:?}");
        }
    }
    assert_space_empty();
    passed();
}
