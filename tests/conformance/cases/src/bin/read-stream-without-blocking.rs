//! A read stream is read without blocking, and waited for with what `subscribe` answers.
#![forbid(unsafe_code)]

use scratch_conformance_cases::wasi::{poll::poll, streams::StreamError};
use scratch_conformance_cases::{InputStream, file_with, passed, stream_error, varied};

pub(crate) fn main() {
    let bytes = varied(50_000, 3);
    let file = file_with(&bytes);
    let by_block = file.read_via_stream(0).expect("a stream to read");
    let found = collect(&by_block, || by_block.subscribe().block());
    assert!(
        found == bytes,
        "with `block` it gave something else: {} bytes",
        found.len()
    );

    let by_poll = file.read_via_stream(0).expect("a second stream to read");
    let found = collect(&by_poll, || {
        let pollable = by_poll.subscribe();
        let ready = poll(&[&pollable]);
        assert_eq!(ready, [0], "something else is ready");
    });
    assert!(
        found == bytes,
        "with `poll` it gave something else: {} bytes",
        found.len()
    );
    passed();
}

fn collect(stream: &InputStream, wait: impl Fn()) -> Vec<u8> {
    let mut found = Vec::new();
    for _ in 0..10_000 {
        match stream.read(10_000) {
            Ok(piece) if piece.is_empty() => wait(),
            Ok(piece) => found.extend(piece),
            Err(StreamError::Closed) => return found,
            Err(error) => panic!("the stream failed: {}", stream_error(error)),
        }
    }
    panic!("the stream does not end");
}
