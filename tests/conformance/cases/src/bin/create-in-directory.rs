//! What is created through a directory is new, empty, in it, and has a handle of its own.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    any_name, assert_space_empty, content, file_options, in_space, name_of, names_in, new_directory, passed, stands,
};

pub(crate) fn main() {
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    assert_eq!(names_in(&path), [""; 0], "a new directory is not empty");

    let inner = directory
        .create_directory(&any_name())
        .expect("create a directory in it");
    let inner_path = inner.get_path().expect("get its path");
    assert_eq!(
        inner_path,
        format!("{path}/{}", name_of(&inner_path)),
        "it is elsewhere"
    );
    assert_eq!(names_in(&inner_path), [""; 0], "a new directory is not empty");
    let file = inner.create_file(&file_options()).expect("create a file in that");
    assert_eq!(file.get_size(), Ok(0), "a new file is not empty");
    file.write(b"two levels down", 0).expect("write");
    assert_eq!(content(&file), b"two levels down");
    let file_path = file.get_path().expect("get its path");
    assert_eq!(
        file_path,
        format!("{inner_path}/{}", name_of(&file_path)),
        "it is elsewhere"
    );
    assert_eq!(fs::read(&file_path).expect("read it by path"), b"two levels down");

    assert_eq!(in_space(), [name_of(&path)], "something else is in the space");
    assert_eq!(
        names_in(&path),
        [name_of(&inner_path)],
        "something else is in the directory"
    );
    assert_eq!(
        names_in(&inner_path),
        [name_of(&file_path)],
        "something else is in the inner one"
    );

    drop(file);
    assert_eq!(names_in(&inner_path), [""; 0], "a dropped file is still there");
    drop(inner);
    assert_eq!(names_in(&path), [""; 0], "a dropped directory is still there");
    assert!(stands(&path), "the outer directory went with the inner one");
    drop(directory);
    assert_space_empty();
    passed();
}
