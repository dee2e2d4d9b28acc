//! A write that would end beyond 2^63 - 1 is `file-too-large`, and writes nothing.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{ErrorCode, assert_holds, file_with, new_file, passed};

pub(crate) fn main() {
    let bytes: &[u8] = b"some bytes";
    for (file, size) in [(new_file(), 0), (file_with(bytes), bytes.len())] {
        // Some ends are more than 64 bits hold: what is left of them is small.
        for offset in [
            (1 << 63) - 4,
            (1 << 63) - 1,
            1 << 63,
            (1 << 63) + 1,
            u64::MAX - 5,
            u64::MAX - 4,
            u64::MAX,
        ] {
            let written = file.write(b"12345", offset);
            assert_eq!(written, Err(ErrorCode::FileTooLarge), "5 bytes at {offset}");
            assert_holds(&file, &bytes[..size]);
        }
        for offset in [(1 << 63) - 1, 1 << 63, u64::MAX - 1, u64::MAX] {
            assert_eq!(
                file.write(b"1", offset),
                Err(ErrorCode::FileTooLarge),
                "1 byte at {offset}"
            );
            assert_holds(&file, &bytes[..size]);
        }
        file.write(b"fine", 2).expect("write after all this");
    }
    passed();
}
