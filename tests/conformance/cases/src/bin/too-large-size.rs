//! A `set-size` beyond 2^63 - 1 is `file-too-large`, and changes nothing.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{ErrorCode, assert_holds, file_with, new_file, passed};

pub(crate) fn main() {
    let bytes: &[u8] = b"some bytes";
    for (file, length) in [(new_file(), 0), (file_with(bytes), bytes.len())] {
        let in_memory = file.is_in_memory();
        for size in [1 << 63, (1 << 63) + 5, u64::MAX - 1, u64::MAX] {
            assert_eq!(file.set_size(size), Err(ErrorCode::FileTooLarge), "{size} bytes");
            assert_holds(&file, &bytes[..length]);
            assert_eq!(file.is_in_memory(), in_memory, "whether it is in memory");
        }
        file.set_size(5).expect("set another size after all this");
        assert_eq!(file.get_size(), Ok(5), "the size after all this");
    }
    passed();
}
