//! A link in the place of an entry goes with the handle, and not what it leads to.
//@ left = ["target", "target.txt", "target/data.txt"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    TemporaryDirectory, TemporaryFile, in_space, link, names_in, new_directory, new_file, passed, put, space_path,
};

pub(crate) fn main() {
    let space = space_path();
    put(format!("{space}/target.txt"), "a target");
    fs::create_dir(format!("{space}/target")).expect("make a target");
    put(format!("{space}/target/data.txt"), "in a target");

    for target in ["target.txt", "target", "target/", "nowhere", "."] {
        for by_close in [false, true] {
            let file = new_file();
            let directory = new_directory();
            let file_path = file.get_path().expect("get its path");
            let directory_path = directory.get_path().expect("get its path");
            fs::remove_file(&file_path).expect("delete it by path");
            fs::remove_dir(&directory_path).expect("delete it by path");
            link(target, &file_path).expect("put a link there");
            link(target, &directory_path).expect("put a link there");
            if by_close {
                TemporaryFile::close(file).expect("close a file that a link replaced");
                TemporaryDirectory::close(directory).expect("close a directory that a link replaced");
            } else {
                drop((file, directory));
            }
            assert_eq!(in_space(), ["target", "target.txt"], "with links to {target:?}");
            assert_eq!(
                names_in(format!("{space}/target")),
                ["data.txt"],
                "with links to {target:?}"
            );
            assert_eq!(fs::read(format!("{space}/target.txt")).expect("read it"), b"a target");
        }
    }
    passed();
}
