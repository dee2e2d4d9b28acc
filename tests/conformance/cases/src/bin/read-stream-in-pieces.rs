//! A read stream gives no more than is asked for, and goes on where it was.
#![forbid(unsafe_code)]

use scratch_conformance_cases::wasi::streams::StreamError;
use scratch_conformance_cases::{file_with, passed, stream_error, varied};

pub(crate) fn main() {
    let bytes = varied(3_000, 2);
    let file = file_with(&bytes);
    let stream = file.read_via_stream(7).expect("a stream to read");
    let mut found = Vec::new();
    let mut rounds = 0;
    for length in [1, 2, 3, 100, 600].into_iter().cycle() {
        match stream.blocking_read(length) {
            Ok(piece) => {
                let given = u64::try_from(piece.len()).expect("a length fits 64 bits");
                assert!(given <= length, "asked for {length} bytes and got {given}");
                found.extend(piece);
            }
            Err(StreamError::Closed) => break,
            Err(error) => panic!("the stream failed: {}", stream_error(error)),
        }
        rounds += 1;
        assert!(rounds < 10_000, "the stream does not end");
    }
    assert!(
        found == bytes[7..],
        "the pieces are something else: {} bytes",
        found.len()
    );
    passed();
}
