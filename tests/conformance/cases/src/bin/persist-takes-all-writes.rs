//! What was written to a file by its path, a descriptor and a stream is persisted with it.
//@ out = ["all"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    DescriptorFlags, TemporaryFile, assert_space_empty, new_file, passed, preopen, put, write_descriptor, write_stream,
};

pub(crate) fn main() {
    let file = new_file();
    put(file.get_path().expect("get its path"), "path, ");
    let descriptor = file
        .open(DescriptorFlags::READ | DescriptorFlags::WRITE)
        .expect("open it");
    write_descriptor(&descriptor, b"descriptor, ", 6).expect("write through the descriptor");
    let stream = file.write_via_stream(18).expect("get a stream");
    write_stream(&stream, b"stream, ").expect("write to the stream");
    file.append(b"handle").expect("append");

    TemporaryFile::persist(file, &preopen("/out"), "all", false).expect("persist it");
    drop((stream, descriptor));
    let found = fs::read("/out/all").expect("read it");
    assert_eq!(String::from_utf8_lossy(&found), "path, descriptor, stream, handle");
    assert_space_empty();
    passed();
}
