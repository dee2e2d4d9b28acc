//! Too large an end is refused before a detached handle is: the arguments count first.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{ErrorCode, file_options, new_directory, passed};

pub(crate) fn main() {
    let directory = new_directory();
    let file = directory.create_file(&file_options()).expect("create a file in it");
    drop(directory);
    assert_eq!(file.write(b"x", 0), Err(ErrorCode::NoEntry), "a write that would do");
    assert_eq!(file.set_size(5), Err(ErrorCode::NoEntry), "a size that would do");

    assert_eq!(file.write(b"x", (1 << 63) - 1), Err(ErrorCode::FileTooLarge), "a write");
    assert_eq!(
        file.write(b"xy", u64::MAX),
        Err(ErrorCode::FileTooLarge),
        "a write beyond 64 bits"
    );
    assert_eq!(file.set_size(1 << 63), Err(ErrorCode::FileTooLarge), "a size");
    passed();
}
