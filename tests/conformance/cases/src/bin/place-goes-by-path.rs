//! What is meant is what stands at the path now: what took the place is used and deleted.
//@ left = ["elsewhere", "elsewhere/*", "elsewhere/*/data.txt"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    any_name, file_options, in_space, name_of, names_in, new_directory, passed, put, space_path, stands,
};

pub(crate) fn main() {
    let outer = new_directory();
    let inner = outer.create_directory(&any_name()).expect("create a directory in it");
    let path = outer.get_path().expect("get its path");
    let inner_path = inner.get_path().expect("get its path");
    put(format!("{inner_path}/data.txt"), "the first");
    assert_eq!(in_space(), [name_of(&path)]);

    // Both are somewhere else now, and others have their names.
    let elsewhere = format!("{}/elsewhere", space_path());
    fs::rename(&path, &elsewhere).expect("move the outer one away");
    fs::create_dir_all(&inner_path).expect("make both again by path");

    let file = inner
        .create_file(&file_options())
        .expect("create a file in what is there now");
    let file_path = file.get_path().expect("get its path");
    assert_eq!(names_in(&inner_path), [name_of(&file_path)]);
    drop(file);
    assert!(!stands(&file_path), "a dropped file is still there");
    let deeper = inner
        .create_directory(&any_name())
        .expect("create a directory in what is there now");
    let deeper_path = deeper.get_path().expect("get its path");
    assert_eq!(names_in(&inner_path), [name_of(&deeper_path)]);
    drop(inner);
    assert_eq!(
        names_in(&path),
        [""; 0],
        "what took the place of the inner one is still there"
    );
    drop(outer);
    assert_eq!(
        in_space(),
        ["elsewhere"],
        "what took the place of the outer one is still there"
    );
    let moved = format!("{elsewhere}/{}/data.txt", name_of(&inner_path));
    assert_eq!(fs::read(moved).expect("read what was moved away"), b"the first");
    passed();
}
