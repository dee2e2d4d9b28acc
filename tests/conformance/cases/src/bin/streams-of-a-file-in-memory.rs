//! Streams of a file in memory work; the file moves to disk for them or not, and never comes back.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    assert_holds, assert_space_empty, file_with, passed, read_stream, varied, write_stream,
};

pub(crate) fn main() {
    let bytes = varied(1_000, 10);
    let file = file_with(&bytes);
    let mut was_in_memory = file.is_in_memory();
    let mut still = |step: &str| {
        let is_in_memory = file.is_in_memory();
        assert!(was_in_memory || !is_in_memory, "{step} brought the file back to memory");
        if is_in_memory {
            assert_space_empty();
        }
        was_in_memory = is_in_memory;
    };
    let input = file.read_via_stream(0).expect("a stream to read");
    still("a stream to read");
    let output = file.write_via_stream(500).expect("a stream to write");
    still("a stream to write");
    let append = file.append_via_stream().expect("a stream to append");
    still("a stream to append");

    let found = read_stream(&input).expect("read the stream");
    assert!(found == bytes, "the stream gave something else: {} bytes", found.len());
    assert_holds(&file, &bytes);
    write_stream(&output, b"written").expect("write to the stream");
    write_stream(&append, b"appended").expect("append to the stream");
    still("what the streams wrote");
    let mut expected = bytes;
    expected[500..507].copy_from_slice(b"written");
    expected.extend(b"appended");
    assert_holds(&file, &expected);

    drop((input, output, append));
    still("the end of the streams");
    assert_holds(&file, &expected);
    drop(file);
    assert_space_empty();
    passed();
}
