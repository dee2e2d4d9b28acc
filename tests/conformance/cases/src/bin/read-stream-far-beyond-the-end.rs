//! A read stream from an offset that no file reaches ends at once.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{file_with, passed, read_stream};

pub(crate) fn main() {
    let file = file_with(b"a short one");
    for offset in [1 << 53, (1 << 53) + 1, (1 << 63) - 1, 1 << 63, u64::MAX] {
        let stream = file.read_via_stream(offset).expect("a stream to read");
        let found = read_stream(&stream);
        assert_eq!(found.as_deref(), Ok([].as_slice()), "what a stream from {offset} gave");
    }
    passed();
}
