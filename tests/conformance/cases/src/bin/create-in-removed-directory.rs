//! In a directory that was deleted by path nothing can be created until it is there again: `no-entry`.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, any_name, assert_space_empty, content, file_options, holding, name_of, names_in,
    new_directory, passed,
};

pub(crate) fn main() {
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    let before = directory.create_file(&file_options()).expect("create a file in it");
    let in_memory = before.is_in_memory();
    fs::remove_dir_all(&path).expect("delete it by path");

    let made = directory.create_directory(&any_name());
    assert_eq!(made.err(), Some(ErrorCode::NoEntry), "create a directory in it");
    let made = directory.create_file(&holding(0));
    assert_eq!(made.err(), Some(ErrorCode::NoEntry), "create a file on disk in it");
    let opened = directory.open(DescriptorFlags::READ);
    assert_eq!(opened.err(), Some(ErrorCode::NoEntry), "open it");
    // In memory there may be one, until it is to be on disk.
    match directory.create_file(&holding(1 << 20)) {
        Ok(file) => {
            file.write(b"in memory", 0).expect("write to memory");
            assert_eq!(file.get_path(), Err(ErrorCode::NoEntry), "move a new file to disk");
            assert_eq!(content(&file), b"in memory", "after it could not move");
            assert!(file.is_in_memory(), "where else can it be");
        }
        Err(code) => assert_eq!(code, ErrorCode::NoEntry, "create a file in it"),
    }
    if in_memory {
        before.write(b"made before", 0).expect("write to memory");
        assert_eq!(before.get_path(), Err(ErrorCode::NoEntry), "move a file to disk");
        assert_eq!(content(&before), b"made before", "after it could not move");
    }

    fs::create_dir(&path).expect("make it again by path");
    let inner = directory
        .create_directory(&any_name())
        .expect("create a directory in what is there now");
    let inner_path = inner.get_path().expect("get its path");
    let file = directory
        .create_file(&file_options())
        .expect("create a file in what is there now");
    let file_path = file.get_path().expect("get its path");
    let mut names = [name_of(&inner_path), name_of(&file_path)];
    names.sort_unstable();
    assert_eq!(names_in(&path), names);
    drop(directory);
    assert_space_empty();
    passed();
}
