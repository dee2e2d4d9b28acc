//! 200 streams of one file, and one of each of 200 files, are open at once.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    TemporaryFile, assert_holds, assert_space_empty, file_with, passed, read_stream, write_stream,
};

pub(crate) fn main() {
    let all: Vec<u8> = (0..200).collect();
    let one = file_with(&all);
    let of_one: Vec<_> = (0..200)
        .map(|offset| one.read_via_stream(offset).expect("a stream of the one file"))
        .collect();
    let files: Vec<TemporaryFile> = (0..200_u8).map(|number| file_with(&[number])).collect();
    let of_many: Vec<_> = files
        .iter()
        .map(|file| file.write_via_stream(1).expect("a stream of one of many files"))
        .collect();

    for (offset, stream) in of_one.iter().enumerate() {
        let found = read_stream(stream).expect("read a stream");
        assert_eq!(found, all[offset..], "the stream from {offset}");
    }
    for stream in &of_many {
        write_stream(stream, b"!").expect("write to a stream");
    }
    for (number, file) in (0..).zip(&files) {
        assert_holds(file, &[number, b'!']);
    }
    drop((files, of_many, of_one, one));
    assert_space_empty();
    passed();
}
