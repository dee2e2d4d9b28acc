//! A directory does not go into itself, at any depth: `invalid`, and the handle comes back and works.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    ErrorCode, TemporaryDirectory, any_name, assert_holds, assert_space_empty, file_options, in_space, name_of,
    names_in, new_directory, open_parent, passed, preopen, put, space_path,
};

pub(crate) fn main() {
    let mut dir = new_directory();
    let path = dir.get_path().expect("get its path");
    let child = dir.create_file(&file_options()).expect("create a file in it");
    child.write(b"a child", 0).expect("write");
    child.get_path().expect("give it a name");
    let inner = dir.create_directory(&any_name()).expect("create a directory in it");
    let inner_path = inner.get_path().expect("get the path of that");
    fs::create_dir(format!("{inner_path}/by-path")).expect("make a directory deeper down");
    put(format!("{inner_path}/data.txt"), "by path");
    let names = names_in(&path);

    let space = preopen(&space_path());
    let itself = open_parent(&space, name_of(&path));
    let child_directory = open_parent(&itself, name_of(&inner_path));
    let deeper = open_parent(&child_directory, "by-path");
    for (parent, what) in [
        (&itself, "itself"),
        (&child_directory, "a directory in itself"),
        (&deeper, "one deeper down"),
    ] {
        let (handle, code) = TemporaryDirectory::persist(dir, parent, "again").expect_err("went into itself");
        assert_eq!(code, ErrorCode::Invalid, "persist into {what}");
        assert_eq!(
            handle.get_path(),
            Ok(path.clone()),
            "the handle came back with another path"
        );
        assert_eq!(names_in(&path), names, "the refusal changed what is in it");
        assert_eq!(
            names_in(&inner_path),
            ["by-path", "data.txt"],
            "the refusal left something deeper down"
        );
        dir = handle;
    }
    assert!(
        names_in(format!("{inner_path}/by-path")).is_empty(),
        "a refusal left something there"
    );
    assert_eq!(in_space(), [name_of(&path)], "a refusal left something in the space");
    assert_holds(&child, b"a child");
    inner.create_directory(&any_name()).expect("a child is still attached");
    drop((itself, child_directory, deeper));
    drop((dir, child, inner));
    assert_space_empty();
    passed();
}
