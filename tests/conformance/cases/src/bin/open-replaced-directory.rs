//! `open` of a directory in whose place the program put a file or a link is `not-directory` or `loop`.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, assert_space_empty, name_of, new_directory, passed, preopen, put, space_path,
};

pub(crate) fn main() {
    let space = preopen(&space_path());
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    let target = new_directory();
    let target_path = target.get_path().expect("get the path of another one");
    let (read, mutate) = (DescriptorFlags::READ, DescriptorFlags::MUTATE_DIRECTORY);
    let refused_with = |code: ErrorCode, what: &str| {
        for flags in [read, mutate, read | mutate] {
            let refused = directory.open(flags).map(drop);
            assert_eq!(refused, Err(code), "{what}, with {flags:?}");
        }
    };
    fs::remove_dir(&path).expect("delete it");
    put(&path, "a file");
    refused_with(ErrorCode::NotDirectory, "a file");
    for (text, what) in [
        (name_of(&target_path), "a link to a directory"),
        ("nowhere", "a link that leads nowhere"),
    ] {
        fs::remove_file(&path).expect("delete what stands there");
        space.symlink_at(text, name_of(&path)).expect("put a link in its place");
        refused_with(ErrorCode::Loop, what);
    }
    drop((directory, target));
    assert_space_empty();
    passed();
}
