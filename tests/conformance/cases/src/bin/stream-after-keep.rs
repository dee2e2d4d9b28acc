//! Streams of a file that is kept go on with the file where it stays.
//@ left = ["tmp*"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{TemporaryFile, file_with, passed, read_stream, write_stream};

pub(crate) fn main() {
    let file = file_with(b"to be kept");
    let path = file.get_path().expect("get its path");
    let input = file.read_via_stream(3).expect("a stream to read");
    let output = file.write_via_stream(6).expect("a stream to write");
    let append = file.append_via_stream().expect("a stream to append");
    let kept = TemporaryFile::keep(file).map_err(|(_, code)| code).expect("keep it");
    assert_eq!(kept, path, "it was kept somewhere else");

    assert_eq!(
        read_stream(&input).expect("read on"),
        b"be kept",
        "the stream gave something else"
    );
    write_stream(&output, b"HELD").expect("write on");
    write_stream(&append, b", still").expect("append on");
    let found = fs::read(&path).expect("read it by path");
    assert_eq!(found, b"to be HELD, still", "the streams wrote to something else");
    passed();
}
