//! A read stream gives what is in the file from its offset to the end, and then is closed.
#![forbid(unsafe_code)]

use scratch_conformance_cases::wasi::streams::StreamError;
use scratch_conformance_cases::{file_with, passed, read_stream, varied};

pub(crate) fn main() {
    let bytes = varied(20_000, 1);
    let file = file_with(&bytes);
    for offset in [0, 1, 12_345, 19_999] {
        let stream = file
            .read_via_stream(u64::try_from(offset).expect("it fits"))
            .expect("a stream to read");
        let found = read_stream(&stream).expect("read the stream");
        assert!(
            found == bytes[offset..],
            "from {offset} on it gave something else: {} bytes",
            found.len()
        );
        let after = stream.blocking_read(1);
        assert!(
            matches!(after, Err(StreamError::Closed)),
            "after its end the stream answers {after:?}"
        );
    }
    passed();
}
