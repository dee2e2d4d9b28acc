//! A write stream from beyond 2^63 - 1 is `file-too-large`, on a detached handle as well, and the file stays as it was.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{ErrorCode, assert_holds, file_options, file_with, new_directory, passed};

const TOO_LARGE: [u64; 3] = [1 << 63, (1 << 63) + 1, u64::MAX];

pub(crate) fn main() {
    let file = file_with(b"as it was");
    let directory = new_directory();
    let detached = directory
        .create_file(&file_options())
        .expect("create a file in a directory");
    drop(directory);
    for offset in TOO_LARGE {
        let refused = file.write_via_stream(offset).map(drop);
        assert_eq!(refused, Err(ErrorCode::FileTooLarge), "a stream from {offset}");
        // The arguments are looked at before the handle.
        let refused = detached.write_via_stream(offset).map(drop);
        assert_eq!(refused, Err(ErrorCode::FileTooLarge), "a detached one from {offset}");
    }
    assert_holds(&file, b"as it was");
    passed();
}
