//! Read streams at several places of a file do not interfere with each other, nor reads by position with them.
#![forbid(unsafe_code)]

use scratch_conformance_cases::wasi::streams::StreamError;
use scratch_conformance_cases::{file_with, passed, stream_error, varied};

pub(crate) fn main() {
    let bytes = varied(9_000, 4);
    let file = file_with(&bytes);
    let starts = [0, 0, 4_096, 8_000];
    let mut streams = starts.map(|start| {
        let offset = u64::try_from(start).expect("it fits");
        let stream = file.read_via_stream(offset).expect("a stream to read");
        (start, stream, Vec::new(), false)
    });
    for round in 0..10_000 {
        for (start, stream, found, ended) in &mut streams {
            match stream.blocking_read(97) {
                Ok(piece) => found.extend(piece),
                Err(StreamError::Closed) => *ended = true,
                Err(error) => panic!("the stream from {start} failed: {}", stream_error(error)),
            }
        }
        let by_position = file.read(10, 5_000).expect("read by position");
        assert_eq!(by_position, bytes[5_000..5_010], "read something else by position");
        // Dropped in the middle: the others go on.
        if round == 3 {
            drop(file.read_via_stream(100).expect("one more stream"));
        }
        if streams.iter().all(|(_, _, _, ended)| *ended) {
            break;
        }
    }
    for (start, _, found, ended) in streams {
        assert!(ended, "the stream from {start} does not end");
        assert!(found == bytes[start..], "the stream from {start} gave something else");
    }
    passed();
}
