//! Where the program put a file in the place of a directory, nothing is created in it: `not-directory`.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, any_name, assert_space_empty, content, holding, in_space, name_of, new_directory,
    passed, put,
};

pub(crate) fn main() {
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    fs::remove_dir(&path).expect("delete it by path");
    put(&path, "a file");

    let made = directory.create_directory(&any_name());
    assert_eq!(made.err(), Some(ErrorCode::NotDirectory), "create a directory");
    let made = directory.create_file(&holding(0));
    assert_eq!(made.err(), Some(ErrorCode::NotDirectory), "create a file on disk");
    match directory.create_file(&holding(1 << 20)) {
        Ok(file) => {
            file.write(b"in memory", 0).expect("write to memory");
            assert_eq!(file.get_path(), Err(ErrorCode::NotDirectory), "move a file to disk");
            assert_eq!(content(&file), b"in memory", "after it could not move");
        }
        Err(code) => assert_eq!(code, ErrorCode::NotDirectory, "create a file"),
    }
    let opened = directory.open(DescriptorFlags::READ);
    assert_eq!(opened.err(), Some(ErrorCode::NotDirectory), "open it");

    assert_eq!(fs::read(&path).expect("read the file"), b"a file");
    assert_eq!(in_space(), [name_of(&path)], "something else is in the space");
    drop(directory);
    assert_space_empty();
    passed();
}
