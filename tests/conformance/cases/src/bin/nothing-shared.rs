//! Entries share nothing: each is directly in the space, or in the directory it was created in.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;

use scratch_conformance_cases::{
    assert_space_empty, file_options, in_space, name_of, names_in, new_directory, new_file, passed, space_path,
};

pub(crate) fn main() {
    let files: Vec<_> = (0..4).map(|_| new_file()).collect();
    let directories: Vec<_> = (0..4).map(|_| new_directory()).collect();
    let file_paths = files.iter().map(|file| file.get_path().expect("get its path"));
    let directory_paths = directories
        .iter()
        .map(|directory| directory.get_path().expect("get its path"));
    let paths: BTreeSet<String> = file_paths.chain(directory_paths).collect();
    assert_eq!(paths.len(), 8, "a path twice");
    let mut names = Vec::new();
    for path in &paths {
        assert_eq!(
            *path,
            format!("{}/{}", space_path(), name_of(path)),
            "not directly in the space"
        );
        names.push(name_of(path).to_owned());
    }
    names.sort();
    assert_eq!(in_space(), names, "the space holds something else");

    for directory in &directories {
        let path = directory.get_path().expect("get its path");
        let inner = directory.create_file(&file_options()).expect("create a file in it");
        let inner_path = inner.get_path().expect("get its path");
        assert_eq!(
            inner_path,
            format!("{path}/{}", name_of(&inner_path)),
            "not directly in its directory"
        );
        assert_eq!(names_in(&path), [name_of(&inner_path)]);
    }
    drop((files, directories));
    assert_space_empty();
    passed();
}
