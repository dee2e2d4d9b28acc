//! A detached file has no streams: `no-entry`.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{ErrorCode, assert_space_empty, file_options, new_directory, passed};

pub(crate) fn main() {
    let directory = new_directory();
    let empty = directory.create_file(&file_options()).expect("create a file in it");
    let written = directory.create_file(&file_options()).expect("create another one");
    written.write(b"content", 0).expect("write");
    drop(directory);
    for file in [empty, written] {
        for offset in [0, 3, 7, u64::MAX] {
            let refused = file.read_via_stream(offset).map(drop);
            assert_eq!(refused, Err(ErrorCode::NoEntry), "a stream to read from {offset}");
        }
        for offset in [0, 7, (1 << 63) - 1] {
            let refused = file.write_via_stream(offset).map(drop);
            assert_eq!(refused, Err(ErrorCode::NoEntry), "a stream to write from {offset}");
        }
        let refused = file.append_via_stream().map(drop);
        assert_eq!(refused, Err(ErrorCode::NoEntry), "a stream to append");
    }
    assert_space_empty();
    passed();
}
