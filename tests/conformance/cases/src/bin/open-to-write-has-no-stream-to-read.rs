//! A descriptor of a file that was opened to write has no stream to read, or one that gives nothing.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{DescriptorFlags, file_with, passed, read_stream};

pub(crate) fn main() {
    let file = file_with(b"not to be read");
    let descriptor = file.open(DescriptorFlags::WRITE).expect("open it");
    if let Ok(stream) = descriptor.read_via_stream(0) {
        let found = read_stream(&stream).unwrap_or_default();
        assert!(found.is_empty(), "a stream of it gives {found:?}");
    }
    passed();
}
