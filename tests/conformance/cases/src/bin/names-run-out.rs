//! When every name that is drawn is taken, the answer is `exist`, and what has the name is untouched.
//@ same-random-bytes = 1000000
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    ErrorCode, TemporaryDirectory, TemporaryFile, any_name, assert_space_empty, content, file_options, file_with,
    in_space, name_of, new_directory, passed, stands,
};

pub(crate) fn main() {
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    let second = TemporaryDirectory::create(&any_name());
    assert_eq!(second.err(), Some(ErrorCode::Exist), "a second directory");
    let file = TemporaryFile::create(&file_options()).and_then(|file| file.get_path());
    assert_eq!(file, Err(ErrorCode::Exist), "a file where the directory is");
    assert!(stands(&path), "the directory has gone");
    assert_eq!(in_space(), [name_of(&path)], "something else is left");
    let inner = directory
        .create_directory(&any_name())
        .expect("elsewhere the name is free");
    let taken = directory.create_file(&file_options()).and_then(|file| file.get_path());
    assert_eq!(taken, Err(ErrorCode::Exist), "a file where the inner directory is");
    drop((inner, directory));

    let first = file_with(b"the first");
    let path = first.get_path().expect("get its path");
    match TemporaryFile::create(&file_options()) {
        Ok(second) => {
            second.write(b"the second", 0).expect("write to memory");
            assert_eq!(second.get_path(), Err(ErrorCode::Exist), "a second path");
            assert_eq!(content(&second), b"the second", "a file that got no name");
        }
        Err(code) => assert_eq!(code, ErrorCode::Exist, "a second file"),
    }
    assert_eq!(content(&first), b"the first");
    assert_eq!(in_space(), [name_of(&path)], "something else is left");
    drop(first);
    assert_space_empty();
    passed();
}
