//! Nothing is opened through a link, or a file, that the program put in the place of a directory: `loop`, `not-directory`.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, any_name, assert_space_empty, file_options, name_of, new_directory, passed, preopen,
    put, read_descriptor, space_path,
};

pub(crate) fn main() {
    let outer = new_directory();
    let file = outer.create_file(&file_options()).expect("create a file in it");
    file.write(b"the file", 0).expect("write");
    let file_path = file.get_path().expect("get its path");
    let inner = outer.create_directory(&any_name()).expect("create a directory in it");
    let inner_path = inner.get_path().expect("get its path");
    let path = outer.get_path().expect("get the path of the directory");

    // Where the link leads, something stands under the same names.
    let elsewhere = format!("{}/elsewhere", space_path());
    fs::create_dir(&elsewhere).expect("make another directory");
    put(format!("{elsewhere}/{}", name_of(&file_path)), "another file");
    fs::create_dir(format!("{elsewhere}/{}", name_of(&inner_path))).expect("make a directory there");
    fs::remove_dir_all(&path).expect("delete the directory");

    let refused_with = |code: ErrorCode, what: &str| {
        match file.open(DescriptorFlags::READ) {
            // A provider may have the file, and need no entry for it.
            Ok(descriptor) => {
                let found = read_descriptor(&descriptor);
                assert_eq!(found.as_deref(), Ok(b"the file".as_slice()), "a file behind {what}");
            }
            Err(found) => assert_eq!(found, code, "a file behind {what}"),
        }
        let refused = inner.open(DescriptorFlags::READ).map(drop);
        assert_eq!(refused, Err(code), "a directory behind {what}");
    };
    preopen(&space_path())
        .symlink_at("elsewhere", name_of(&path))
        .expect("put a link in its place");
    assert_eq!(fs::read(&file_path).expect("read through the link"), b"another file");
    refused_with(ErrorCode::Loop, "a link");
    fs::remove_file(&path).expect("delete the link");
    put(&path, "a file");
    refused_with(ErrorCode::NotDirectory, "a file");

    drop((file, inner, outer));
    fs::remove_dir_all(&elsewhere).expect("delete where the link led");
    assert_space_empty();
    passed();
}
