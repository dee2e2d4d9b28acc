//! A handle owns one name of a file: another one that the program gave it stays, with the content.
//@ left = ["closed", "dropped"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    TemporaryFile, file_with, in_space, name_of, names_in, new_directory, passed, space_path, stands,
};

pub(crate) fn main() {
    let space = space_path();
    let dir = new_directory();
    let dir_path = dir.get_path().expect("get the path of a directory");
    let linked = |name: &str| {
        let file = file_with(name.as_bytes());
        let path = file.get_path().expect("get its path");
        fs::hard_link(&path, format!("{space}/{name}")).expect("give it another name in the space");
        fs::hard_link(&path, format!("{dir_path}/{name}")).expect("give it another name in the directory");
        (file, path)
    };
    let (dropped, dropped_path) = linked("dropped");
    let (closed, closed_path) = linked("closed");
    drop(dropped);
    TemporaryFile::close(closed).expect("close a file with other names");
    assert!(
        !stands(&dropped_path) && !stands(&closed_path),
        "a file is still under its own name"
    );

    assert_eq!(in_space(), ["closed", "dropped", name_of(&dir_path)]);
    assert_eq!(
        names_in(&dir_path),
        ["closed", "dropped"],
        "a name in a directory went with another one"
    );
    drop(dir);
    assert_eq!(
        in_space(),
        ["closed", "dropped"],
        "a name in the space went with another one"
    );
    for name in ["closed", "dropped"] {
        let bytes = fs::read(format!("{space}/{name}")).expect("read it under its other name");
        assert_eq!(bytes, name.as_bytes());
    }
    passed();
}
