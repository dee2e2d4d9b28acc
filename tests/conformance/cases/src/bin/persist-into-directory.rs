//! What is persisted into a temporary directory belongs to it, and goes with it.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    TemporaryDirectory, TemporaryFile, any_name, assert_space_empty, file_with, in_space, name_of, names_in,
    new_directory, open_parent, passed, preopen, put, space_path, stands,
};

pub(crate) fn main() {
    let target = new_directory();
    let path = target.get_path().expect("get its path");
    let inner = target.create_directory(&any_name()).expect("create a directory in it");
    let inner_path = inner.get_path().expect("get the path of that");
    let parent = open_parent(&preopen(&space_path()), name_of(&path));
    let deeper = open_parent(&parent, name_of(&inner_path));

    TemporaryFile::persist(file_with(b"a file"), &parent, "file", false).expect("persist a file into it");
    TemporaryFile::persist(file_with(b"another"), &parent, "file", true).expect("replace it");
    TemporaryFile::persist(file_with(b"a file"), &deeper, "file", false).expect("persist a file deeper down");
    let tree = new_directory();
    put(format!("{}/data.txt", tree.get_path().expect("get a path")), "by path");
    TemporaryDirectory::persist(tree, &parent, "tree").expect("persist a directory into it");

    assert_eq!(in_space(), [name_of(&path)], "something else is in the space");
    assert_eq!(fs::read(format!("{path}/file")).expect("read the file"), b"another");
    assert_eq!(
        fs::read(format!("{inner_path}/file")).expect("read the one deeper down"),
        b"a file"
    );
    assert_eq!(
        fs::read(format!("{path}/tree/data.txt")).expect("read what is in the tree"),
        b"by path"
    );
    drop((parent, deeper));

    drop(inner);
    assert!(
        !stands(&inner_path),
        "a directory stayed with what was persisted into it"
    );
    assert_eq!(
        names_in(&path),
        ["file", "tree"],
        "another directory's drop took something else"
    );
    drop(target);
    assert_space_empty();
    passed();
}
