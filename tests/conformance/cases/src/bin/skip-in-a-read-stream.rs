//! What is skipped in a read stream is not given, and the stream goes on after it; at the end there is nothing to skip.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{file_with, passed, read_stream, stream_error, varied};

pub(crate) fn main() {
    let bytes = varied(5_000, 5);
    let file = file_with(&bytes);
    let stream = file.read_via_stream(1_000).expect("a stream to read");
    let mut left = 2_000;
    for _ in 0..10_000 {
        if left == 0 {
            break;
        }
        let skipped = stream.blocking_skip(left).map_err(stream_error).expect("skip");
        assert!(skipped <= left, "skipped {skipped} bytes in the place of {left}");
        left -= skipped;
    }
    assert_eq!(left, 0, "so much was never skipped");
    let found = read_stream(&stream).expect("read the stream");
    assert!(found == bytes[3_000..], "gave something else: {} bytes", found.len());

    let stream = file.read_via_stream(1_000).expect("another stream to read");
    let mut skipped = 0;
    for _ in 0..10_000 {
        match stream.blocking_skip(10_000) {
            Ok(count) => skipped += count,
            Err(error) => {
                assert_eq!(stream_error(error), "it is closed", "at the end");
                break;
            }
        }
    }
    assert_eq!(skipped, 4_000, "skipped what is not there");
    passed();
}
