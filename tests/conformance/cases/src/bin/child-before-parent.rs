//! A child that goes before its directory leaves it as it was, and the directory can be used on.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    TemporaryDirectory, TemporaryFile, any_name, assert_space_empty, content, file_options, name_of, names_in,
    new_directory, passed, put,
};

pub(crate) fn main() {
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    put(format!("{path}/by-path.txt"), "by path");
    for by_close in [false, true] {
        let inner = directory
            .create_directory(&any_name())
            .expect("create a directory in it");
        let file = directory.create_file(&file_options()).expect("create a file in it");
        let deep = inner
            .create_file(&file_options())
            .expect("create a file in the inner one");
        file.get_path().expect("get its path");
        deep.get_path().expect("get its path");
        if by_close {
            TemporaryFile::close(deep).expect("close the file in the inner one");
            TemporaryFile::close(file).expect("close the file");
            TemporaryDirectory::close(inner).expect("close the inner directory");
        } else {
            drop(deep);
            drop(inner);
            drop(file);
        }
        assert_eq!(
            names_in(&path),
            ["by-path.txt"],
            "what is left of the children, or of the directory"
        );
    }

    let file = directory
        .create_file(&file_options())
        .expect("create another file in it");
    file.write(b"the last one", 0).expect("write");
    assert_eq!(content(&file), b"the last one");
    let file_path = file.get_path().expect("get its path");
    assert_eq!(names_in(&path), ["by-path.txt", name_of(&file_path)]);
    drop(file);
    drop(directory);
    assert_space_empty();
    passed();
}
