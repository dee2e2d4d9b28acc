//! A file in memory whose directory is gone is not kept: `no-entry`, and it comes back as it was, in memory.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    ErrorCode, TemporaryFile, assert_holds, assert_space_empty, holding, new_directory, passed,
};

pub(crate) fn main() {
    let dir = new_directory();
    let file = dir.create_file(&holding(1 << 12)).expect("create a file in it");
    file.write(b"in memory", 0).expect("write");
    // A provider may hold less in memory than it is allowed to.
    if !file.is_in_memory() {
        return passed();
    }

    fs::remove_dir(dir.get_path().expect("get the directory's path")).expect("delete it by path");
    let (file, code) = TemporaryFile::keep(file).expect_err("kept a file in a directory that is gone");
    assert_eq!(code, ErrorCode::NoEntry, "keep");
    assert!(file.is_in_memory(), "the refusal moved it to disk");
    file.append(b", still").expect("append");
    assert_holds(&file, b"in memory, still");
    drop((file, dir));
    assert_space_empty();
    passed();
}
