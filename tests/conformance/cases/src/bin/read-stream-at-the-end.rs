//! A read stream from the end of a file, or from beyond it, ends at once.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{file_with, new_file, passed, read_stream};

pub(crate) fn main() {
    let empty = new_file();
    let file = file_with(b"a short one");
    for (file, offsets) in [(&empty, [0, 1, 1 << 20]), (&file, [11, 12, 1 << 32])] {
        for offset in offsets {
            let stream = file.read_via_stream(offset).expect("a stream to read");
            let found = read_stream(&stream);
            assert_eq!(found.as_deref(), Ok([].as_slice()), "what a stream from {offset} gave");
        }
    }
    passed();
}
