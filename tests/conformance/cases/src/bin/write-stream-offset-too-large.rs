//! A write stream from beyond 2^63 - 1 is `file-too-large`, and the file stays as it was.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{ErrorCode, assert_holds, file_with, passed};

pub(crate) fn main() {
    let file = file_with(b"as it was");
    for offset in [1 << 63, (1 << 63) + 1, u64::MAX] {
        let refused = file.write_via_stream(offset).map(drop);
        assert_eq!(refused, Err(ErrorCode::FileTooLarge), "a stream from {offset}");
    }
    assert_holds(&file, b"as it was");
    passed();
}
