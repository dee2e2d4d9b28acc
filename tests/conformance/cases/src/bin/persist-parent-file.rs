//! A `parent` that is a file is `not-directory`, and the handle comes back and works.
//@ out = ["file"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::wasi::types::{OpenFlags, PathFlags};
use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, TemporaryDirectory, TemporaryFile, assert_holds, assert_space_empty, file_with,
    name_of, names_in, new_directory, passed, preopen, put, space_path,
};

pub(crate) fn main() {
    put("/out/file", "a file");
    let other = file_with(b"another temporary file");
    let path = other.get_path().expect("get its path");
    let open = |directory: &str, name: &str| {
        let flags = DescriptorFlags::READ | DescriptorFlags::WRITE;
        let opened = preopen(directory).open_at(PathFlags::empty(), name, OpenFlags::empty(), flags);
        opened.expect("open a file")
    };
    let parents = [
        ("a file that was granted", open("/out", "file")),
        ("a temporary file", open(&space_path(), name_of(&path))),
    ];

    let mut file = file_with(b"temporary");
    let was_in_memory = file.is_in_memory();
    let mut dir = new_directory();
    let path = dir.get_path().expect("get its path");
    for (what, parent) in &parents {
        for overwrite in [false, true] {
            let (handle, code) = TemporaryFile::persist(file, parent, "name", overwrite).expect_err(what);
            assert_eq!(code, ErrorCode::NotDirectory, "persist a file into {what}");
            assert_eq!(handle.is_in_memory(), was_in_memory, "the refusal moved it");
            assert_holds(&handle, b"temporary");
            file = handle;
        }
        let (handle, code) = TemporaryDirectory::persist(dir, parent, "name").expect_err(what);
        assert_eq!(code, ErrorCode::NotDirectory, "persist a directory into {what}");
        assert_eq!(
            handle.get_path(),
            Ok(path.clone()),
            "the handle came back with another path"
        );
        dir = handle;
    }
    assert_eq!(fs::read("/out/file").expect("read the file"), b"a file");
    assert_holds(&other, b"another temporary file");
    assert_eq!(names_in("/out"), ["file"], "a refusal left something");
    drop((file, dir, parents, other));
    assert_space_empty();
    passed();
}
