//! What was created in a directory through handles goes with it, while those are alive.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    any_name, assert_space_empty, file_options, in_space, new_directory, passed, put, stands,
};

pub(crate) fn main() {
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    let mut directories = Vec::new();
    let mut files = Vec::new();
    let mut paths = Vec::new();
    for number in 0..6_u8 {
        let inner = directory
            .create_directory(&any_name())
            .expect("create a directory in it");
        paths.push(inner.get_path().expect("get its path"));
        for parent in [&directory, &inner] {
            let file = parent.create_file(&file_options()).expect("create a file");
            file.write(&[number; 100], 0).expect("write");
            if number % 2 == 0 {
                paths.push(file.get_path().expect("get its path"));
            }
            files.push(file);
        }
        let inner_path = inner.get_path().expect("get its path");
        put(format!("{inner_path}/data.txt"), "by path");
        directories.push(inner);
    }
    assert_eq!(in_space().len(), 1, "something stands beside the directory");
    for path in &paths {
        assert!(stands(path), "{path} is not there");
    }
    drop(directory);
    assert!(!stands(&path), "the directory is still there");
    for path in &paths {
        assert!(!stands(path), "{path} is still there");
    }
    assert_space_empty();
    drop((directories, files));
    assert_space_empty();
    passed();
}
