//! A file that is in memory is in no listing; once it has a path, it is in that of its directory.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    TemporaryFile, file_options, in_space, name_of, names_in, new_directory, passed, space_path,
};

/// Until it is on disk; from when on it may have a name.
fn listed(file: &TemporaryFile, directory: &str) {
    if file.is_in_memory() {
        assert_eq!(names_in(directory), [""; 0], "a file in memory has an entry");
        file.write(b"still in memory", 0).expect("write");
    }
    if file.is_in_memory() {
        assert_eq!(names_in(directory), [""; 0], "a file in memory has an entry");
    }
    let path = file.get_path().expect("get its path");
    assert_eq!(names_in(directory), [name_of(&path)], "a file with a path");
}

pub(crate) fn main() {
    let file = TemporaryFile::create(&file_options()).expect("create a file");
    listed(&file, &space_path());
    drop(file);

    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    let file = directory.create_file(&file_options()).expect("create a file in it");
    listed(&file, &path);
    assert_eq!(in_space(), [name_of(&path)], "something else is in the space");
    drop(file);
    assert_eq!(names_in(&path), [""; 0], "a dropped file is still there");
    passed();
}
