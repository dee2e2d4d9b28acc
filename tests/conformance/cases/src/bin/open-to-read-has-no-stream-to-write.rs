//! A descriptor of a file that was opened to read has no streams to write, or ones that fail.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{DescriptorFlags, assert_holds, file_with, passed, write_stream};

pub(crate) fn main() {
    let file = file_with(b"as it was");
    let descriptor = file.open(DescriptorFlags::READ).expect("open it");
    if let Ok(stream) = descriptor.write_via_stream(0) {
        let written = write_stream(&stream, b"changed");
        assert!(written.is_err(), "a stream of it writes");
    }
    assert_holds(&file, b"as it was");
    if let Ok(stream) = descriptor.append_via_stream() {
        let written = write_stream(&stream, b"changed");
        assert!(written.is_err(), "a stream of it appends");
    }
    assert_holds(&file, b"as it was");
    passed();
}
