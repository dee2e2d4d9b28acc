//! What a write stream would write beyond 2^63 - 1 fails the stream, and the file stays as it was.
#![forbid(unsafe_code)]

use scratch_conformance_cases::wasi::streams::StreamError;
use scratch_conformance_cases::{assert_holds, file_with, passed};

pub(crate) fn main() {
    let file = file_with(b"as it was");
    let stream = file
        .write_via_stream((1 << 63) - 1)
        .expect("a stream from the largest offset");
    // Which code it has is the host's affair: this is no limit of the space.
    let failed = stream.blocking_write_and_flush(b"no file holds this");
    assert!(
        matches!(failed, Err(StreamError::LastOperationFailed(_))),
        "a write beyond what any file can hold: {failed:?}"
    );
    drop(stream);
    assert_holds(&file, b"as it was");
    passed();
}
