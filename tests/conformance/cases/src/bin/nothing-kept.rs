//! Questions about the space and calls that fail leave nothing in it.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, TemporaryDirectory, TemporaryFile, any_name, assert_space_empty, create_each, file_options,
    in_space, name_of, named, names_in, new_directory, new_file, passed, preopen, space,
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
        made.expect_err(what);
    }
    directory.open(DescriptorFlags::WRITE).expect_err("opened for writing");
    let out = preopen("/out");
    let persisted = TemporaryDirectory::persist(directory, &out, "..");
    let (directory, _) = persisted.expect_err("persisted under a bad name");
    assert_eq!(in_space(), [name_of(&path)], "something else is in the space");
    assert_eq!(names_in(&path), [""; 0], "something is in the directory");

    let detached = directory
        .create_directory(&any_name())
        .expect("create a directory in it");
    drop(directory);
    let made = detached.create_directory(&any_name());
    made.expect_err("a directory in a detached directory");
    detached
        .create_file(&file_options())
        .expect_err("a file in a detached directory");
    assert_space_empty();

    let file = new_file();
    let path = file.get_path().expect("get its path");
    let persisted = TemporaryFile::persist(file, &out, "a/b", false);
    let (file, _) = persisted.expect_err("persisted under a bad name");
    assert_eq!(in_space(), [name_of(&path)], "something else is in the space");
    drop((file, detached));
    space::get_usage();
    assert_space_empty();
    passed();
}
