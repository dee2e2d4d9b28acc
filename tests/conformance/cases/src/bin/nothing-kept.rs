//! Questions about the space and calls that fail leave nothing in it.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, TemporaryDirectory, TemporaryFile, any_name, assert_space_empty, create_each,
    file_options, in_space, name_of, named, names_in, new_directory, new_file, passed, preopen, space,
};

pub(crate) fn main() {
    for _ in 0..3 {
        space::get_limits();
        space::get_usage();
        space::get_path();
    }
    assert_space_empty();

    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    for (what, made) in create_each(&directory, &named("a/b", "")) {
        assert_eq!(made, Err(ErrorCode::Invalid), "{what}");
    }
    assert_eq!(directory.open(DescriptorFlags::WRITE).err(), Some(ErrorCode::Invalid));
    let out = preopen("/out");
    let persisted = TemporaryDirectory::persist(directory, &out, "..");
    let (directory, code) = persisted.expect_err("persisted under a bad name");
    assert_eq!(code, ErrorCode::Invalid, "persist");
    assert_eq!(in_space(), [name_of(&path)], "something else is in the space");
    assert_eq!(names_in(&path), [""; 0], "something is in the directory");

    let detached = directory
        .create_directory(&any_name())
        .expect("create a directory in it");
    drop(directory);
    assert!(
        detached.create_directory(&any_name()).is_err(),
        "created in a detached directory"
    );
    assert!(
        detached.create_file(&file_options()).is_err(),
        "created in a detached directory"
    );
    assert_space_empty();

    let file = new_file();
    let path = file.get_path().expect("get its path");
    assert_eq!(file.open(DescriptorFlags::empty()).err(), Some(ErrorCode::Invalid));
    let persisted = TemporaryFile::persist(file, &out, "a/b", false);
    let (file, code) = persisted.expect_err("persisted under a bad name");
    assert_eq!(code, ErrorCode::Invalid, "persist");
    assert_eq!(in_space(), [name_of(&path)], "something else is in the space");
    drop((file, detached));
    space::get_usage();
    assert_space_empty();
    passed();
}
