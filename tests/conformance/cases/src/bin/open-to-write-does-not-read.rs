//! A descriptor of a file that was opened to write does not read.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{DescriptorFlags, file_with, passed};

pub(crate) fn main() {
    let file = file_with(b"not to be read");
    let descriptor = file.open(DescriptorFlags::WRITE).expect("open it");
    let found = descriptor.read(100, 0);
    assert!(found.is_err(), "it reads: {found:?}");
    passed();
}
