//! A descriptor of a file that was opened to read neither writes nor changes its size.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{DescriptorFlags, assert_holds, file_with, passed};

pub(crate) fn main() {
    let file = file_with(b"as it was");
    let descriptor = file.open(DescriptorFlags::READ).expect("open it");
    let written = descriptor.write(b"changed", 0);
    assert!(written.is_err(), "it writes: {written:?}");
    assert_holds(&file, b"as it was");
    for size in [0, 3, 100] {
        let cut = descriptor.set_size(size);
        assert!(cut.is_err(), "it changes the size to {size}");
        assert_holds(&file, b"as it was");
    }
    passed();
}
