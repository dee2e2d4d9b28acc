//! Directories nest 20 deep, each in the one before, and all go with the outermost.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    ErrorCode, any_name, assert_space_empty, file_options, name_of, new_directory, passed, stands,
};

pub(crate) fn main() {
    let outermost = new_directory();
    let place = outermost.get_path().expect("get its path");
    let mut path = place.clone();
    let mut directories = vec![outermost];
    for depth in 2..=20 {
        let parent = directories.last().expect("there is one");
        let inner = parent.create_directory(&any_name());
        let inner = inner.unwrap_or_else(|code| panic!("create a directory at depth {depth}: {code:?}"));
        let inner_path = inner.get_path().expect("get its path");
        assert_eq!(
            inner_path,
            format!("{path}/{}", name_of(&inner_path)),
            "at depth {depth}"
        );
        assert!(fs::symlink_metadata(&inner_path).expect("look at it").is_dir());
        path = inner_path;
        directories.push(inner);
    }
    let innermost = directories.last().expect("there is one");
    let file = innermost
        .create_file(&file_options())
        .expect("create a file in the innermost");
    file.write(b"deep down", 0).expect("write");
    assert_eq!(
        fs::read(file.get_path().expect("get its path")).expect("read it by path"),
        b"deep down"
    );

    drop(directories.remove(0));
    assert!(!stands(&place), "the outermost directory is still there");
    assert_space_empty();
    assert_eq!(file.get_size(), Err(ErrorCode::NoEntry), "the file is not detached");
    for directory in directories {
        assert_eq!(
            directory.get_path(),
            Err(ErrorCode::NoEntry),
            "a directory is not detached"
        );
    }
    passed();
}
