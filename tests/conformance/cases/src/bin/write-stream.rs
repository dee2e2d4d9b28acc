//! A write stream writes from its offset on, and what it has flushed is read from the file.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_holds, file_with, passed, stream_error, write_stream};

pub(crate) fn main() {
    let file = file_with(b"0123456789");
    let stream = file.write_via_stream(3).expect("a stream to write");
    stream
        .blocking_write_and_flush(b"abc")
        .map_err(stream_error)
        .expect("write over what was there");
    assert_holds(&file, b"012abc6789");
    write_stream(&stream, b"defghijk").expect("write over the end");
    assert_holds(&file, b"012abcdefghijk");
    drop(stream);

    let stream = file.write_via_stream(0).expect("a stream from the start");
    write_stream(&stream, b"xyz").expect("write at the start");
    assert_holds(&file, b"xyzabcdefghijk");
    passed();
}
