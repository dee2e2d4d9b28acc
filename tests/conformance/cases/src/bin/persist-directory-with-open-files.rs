//! A directory is persisted while descriptors and streams of what is in it are open, and leaves nothing behind.
//@ out = ["tree", "tree/inner", "tree/inner/leaf-*"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::wasi::types::{OpenFlags, PathFlags};
use scratch_conformance_cases::{
    DescriptorFlags, FileOptions, TemporaryDirectory, assert_space_empty, file_options, name_of, named, names_in,
    new_directory, open_parent, passed, preopen, space_path, write_descriptor, write_stream,
};

pub(crate) fn main() {
    let dir = new_directory();
    let path = dir.get_path().expect("get its path");
    let inner = dir
        .create_directory(&named("in-", ""))
        .expect("create a directory in it");
    let options = FileOptions {
        name: named("leaf-", ""),
        ..file_options()
    };
    let file = inner.create_file(&options).expect("create a file in that");
    file.write(b"before", 0).expect("write");
    let name = name_of(&file.get_path().expect("get its path")).to_owned();
    fs::rename(inner.get_path().expect("get a path"), format!("{path}/inner"))
        .expect("give the inner one another name");

    let opened = open_parent(&preopen(&space_path()), name_of(&path));
    let opened_inner = open_parent(&opened, "inner");
    let listing = opened.read_directory().expect("list it");
    // Through its new place, since the handle's own is not there any more.
    let flags = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let descriptor = opened_inner.open_at(PathFlags::empty(), &name, OpenFlags::empty(), flags);
    let descriptor = descriptor.expect("open the file");
    let stream = descriptor.write_via_stream(0).expect("get a stream");

    TemporaryDirectory::persist(dir, &preopen("/out"), "tree").expect("persist it");
    assert_space_empty();
    let target = format!("/out/tree/inner/{name}");
    assert_eq!(fs::read(&target).expect("read the file"), b"before");

    // Of the file in its new place if that was a move, and of no use if it was a copy.
    let _ = write_descriptor(&descriptor, b"behind", 0);
    let _ = write_stream(&stream, b"behind");
    drop((stream, descriptor, listing, opened, opened_inner, file, inner));
    let found = fs::read(&target).expect("read the file again");
    assert!(
        found == b"before" || found == b"behind",
        "the file is {:?}",
        String::from_utf8_lossy(&found)
    );
    assert_eq!(names_in("/out/tree"), ["inner"], "something else is in there");
    assert_space_empty();
    passed();
}
