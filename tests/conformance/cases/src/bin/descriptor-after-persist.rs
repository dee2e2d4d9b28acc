//! After `persist` a descriptor is one of the file under its new name, if that was a move, and of no other file.
//@ out = ["new"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    DescriptorFlags, TemporaryFile, assert_space_empty, file_with, passed, preopen, read_descriptor, read_stream,
    write_descriptor, write_stream,
};

pub(crate) fn main() {
    let file = file_with(b"to be moved");
    let descriptor = file
        .open(DescriptorFlags::READ | DescriptorFlags::WRITE)
        .expect("open it");
    let input = file.read_via_stream(3).expect("a stream to read");
    let append = file.append_via_stream().expect("a stream to append");
    let out = preopen("/out");
    TemporaryFile::persist(file, &out, "new", false)
        .map_err(|(_, code)| code)
        .expect("persist it");
    assert_space_empty();
    assert_eq!(fs::read("/out/new").expect("read it by path"), b"to be moved");

    // Of the file there, if it was moved; of the unlinked one, or of no use, if it was copied.
    let written = write_descriptor(&descriptor, b"HAS BEEN", 0);
    if let Ok(found) = read_descriptor(&descriptor) {
        let expected: &[u8] = if written.is_ok() {
            b"HAS BEENved"
        } else {
            b"to be moved"
        };
        assert_eq!(found, expected, "the descriptor reads something else");
    }
    if let Ok(found) = read_stream(&input) {
        let expected: &[u8] = if written.is_ok() { b" BEENved" } else { b"be moved" };
        assert_eq!(found, expected, "the stream gives something else");
    }
    let appended = write_stream(&append, b"!");
    let found = fs::read("/out/new").expect("read it by path");
    let moved: &[u8] = if appended.is_ok() {
        b"HAS BEENved!"
    } else {
        b"HAS BEENved"
    };
    assert!(
        found == b"to be moved" || (written.is_ok() && found == moved),
        "it is neither what was persisted nor what was written since: {}",
        String::from_utf8_lossy(&found)
    );
    assert_space_empty();
    passed();
}
