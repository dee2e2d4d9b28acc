//! A tree of 300 levels goes with the directory that it is in.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::wasi::types::{OpenFlags, PathFlags};
use scratch_conformance_cases::{DescriptorFlags, assert_space_empty, names_in, new_directory, passed, stands};

const LEVELS: usize = 300;

pub(crate) fn main() {
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    let flags = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
    let mut place = directory.open(flags).expect("open it");
    for level in 1..=LEVELS {
        place
            .create_directory_at("d")
            .unwrap_or_else(|code| panic!("make level {level}: {code:?}"));
        if level % 50 == 0 {
            let flags = DescriptorFlags::READ | DescriptorFlags::WRITE;
            let file = place.open_at(PathFlags::empty(), "data.txt", OpenFlags::CREATE, flags);
            assert_eq!(file.expect("make a file").write(b"deep down", 0), Ok(9));
        }
        place = place
            .open_at(PathFlags::empty(), "d", OpenFlags::DIRECTORY, flags)
            .unwrap_or_else(|code| panic!("open level {level}: {code:?}"));
    }
    drop(place);
    assert_eq!(names_in(&path), ["d"]);
    drop(directory);
    assert!(!stands(&path), "the directory is still there");
    assert_space_empty();
    passed();
}
