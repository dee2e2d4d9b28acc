//! `write-zeroes` of a write stream puts zeros over what was there.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_holds, file_with, passed, stream_error, write_stream};

pub(crate) fn main() {
    let file = file_with(b"0123456789");
    let stream = file.write_via_stream(2).expect("a stream to write");
    stream
        .blocking_write_zeroes_and_flush(3)
        .map_err(stream_error)
        .expect("write zeros");
    assert_holds(&file, b"01\0\0\x0056789");
    write_stream(&stream, b"ab").expect("go on after them");
    assert_holds(&file, b"01\0\0\0ab789");
    passed();
}
