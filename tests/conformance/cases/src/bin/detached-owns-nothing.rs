//! Drop and `close` of a detached handle touch nothing that has its entry's name later.
//@ left = ["*", "*/*", "*/*", "*/*", "*/*/data.txt", "*/*/data.txt"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    ErrorCode, TemporaryDirectory, TemporaryFile, any_name, detached_directory, file_options, name_of, names_in,
    new_directory, passed, put, stands,
};

pub(crate) fn main() {
    let outer = new_directory();
    let dropped = outer.create_directory(&any_name()).expect("create a directory in it");
    let closed = outer.create_directory(&any_name()).expect("create another one");
    let file = outer.create_file(&file_options()).expect("create a file in it");
    let place = outer.get_path().expect("get its path");
    let dropped_path = dropped.get_path().expect("get its path");
    let closed_path = closed.get_path().expect("get its path");
    let file_path = file.get_path().expect("get its path");
    drop(outer);

    fs::create_dir(&place).expect("make the directory again");
    for path in [&dropped_path, &closed_path] {
        fs::create_dir(path).expect("make the directory again");
        put(format!("{path}/data.txt"), "by path");
    }
    put(&file_path, "by path");
    let dropped = detached_directory(dropped);
    assert_eq!(file.get_size(), Err(ErrorCode::NoEntry), "attached again");
    drop(dropped);
    TemporaryDirectory::close(closed).expect("close a detached directory");
    TemporaryFile::close(file).expect("close a detached file");
    for path in [&dropped_path, &closed_path] {
        assert!(
            stands(&format!("{path}/data.txt")),
            "what was made by path went with a detached handle"
        );
    }
    assert_eq!(fs::read(&file_path).expect("read it by path"), b"by path");
    assert_eq!(names_in(&place).len(), 3, "something else is in {}", name_of(&place));
    passed();
}
