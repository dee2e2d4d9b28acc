//! `open` of a file in whose place the program put a link or a directory is `loop` or `is-directory`.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, assert_space_empty, file_with, in_space, name_of, passed, preopen, put, space_path,
};

const EACH: [DescriptorFlags; 3] = [
    DescriptorFlags::READ,
    DescriptorFlags::WRITE,
    DescriptorFlags::READ.union(DescriptorFlags::WRITE),
];

pub(crate) fn main() {
    let space = preopen(&space_path());
    let target = format!("{}/target", space_path());
    put(&target, "beyond the link");
    let file = file_with(b"to be replaced");
    let path = file.get_path().expect("get its path");
    for (text, what) in [
        ("target", "a link to a file"),
        (".", "a link to a directory"),
        ("nowhere", "a link that leads nowhere"),
    ] {
        fs::remove_file(&path).expect("delete what stands there");
        space.symlink_at(text, name_of(&path)).expect("put a link in its place");
        for flags in EACH {
            let refused = file.open(flags).map(drop);
            assert_eq!(refused, Err(ErrorCode::Loop), "{what}, with {flags:?}");
        }
    }
    fs::remove_file(&path).expect("delete the link");
    fs::create_dir(&path).expect("put a directory in its place");
    for flags in EACH {
        let refused = file.open(flags).map(drop);
        assert_eq!(refused, Err(ErrorCode::IsDirectory), "a directory, with {flags:?}");
    }

    let mut names = ["target", name_of(&path)];
    names.sort_unstable();
    assert_eq!(in_space(), names, "something was made through a link");
    assert_eq!(fs::read(&target).expect("read the target"), b"beyond the link");
    drop(file);
    fs::remove_file(&target).expect("delete the target");
    assert_space_empty();
    passed();
}
