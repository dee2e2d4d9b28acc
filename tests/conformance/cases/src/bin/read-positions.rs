//! A read answers with what is there from its offset on: less only at the end, nothing beyond it.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{file_with, new_file, passed, varied};

const SIZE: u64 = 1000;

pub(crate) fn main() {
    let bytes = varied(1000, 1);
    let file = file_with(&bytes);
    let whole = |from: usize| Ok(bytes[from..].to_vec());

    assert_eq!(file.read(SIZE, 0), whole(0), "all of it");
    assert_eq!(file.read(10, 0), Ok(bytes[..10].to_vec()), "the first 10");
    assert_eq!(file.read(10, 495), Ok(bytes[495..505].to_vec()), "10 in the middle");
    assert_eq!(file.read(1, SIZE - 1), whole(999), "the last one");
    assert_eq!(file.read(10, SIZE - 10), whole(990), "the last 10");
    assert_eq!(file.read(11, SIZE - 10), whole(990), "one more than there is");
    // Of these, the low 32 bits alone would be another length.
    for length in [
        SIZE + 1,
        1 << 32,
        (1 << 32) + 1,
        (1 << 63) - 1,
        1 << 63,
        u64::MAX - 1,
        u64::MAX,
    ] {
        assert_eq!(file.read(length, 0), whole(0), "{length} bytes of {SIZE}");
        assert_eq!(file.read(length, 700), whole(700), "{length} bytes at 700");
        assert_eq!(file.read(length, SIZE), Ok(Vec::new()), "{length} bytes at the end");
    }

    let beyond = [SIZE, SIZE + 1, 1 << 31, 1 << 32, (1 << 32) + 1, 1 << 53, 1 << 62];
    let far_beyond = [
        (1 << 63) - 2,
        (1 << 63) - 1,
        1 << 63,
        (1 << 63) + 1,
        u64::MAX - 1,
        u64::MAX,
    ];
    for offset in beyond.into_iter().chain(far_beyond) {
        for length in [0, 1, 2, SIZE, 1 << 20, (1 << 63) - 1, u64::MAX] {
            assert_eq!(
                file.read(length, offset),
                Ok(Vec::new()),
                "{length} bytes at {offset}, beyond the end"
            );
            assert_eq!(
                new_file().read(length, offset),
                Ok(Vec::new()),
                "{length} bytes at {offset} of nothing"
            );
        }
    }
    for offset in [0, 1, 500, SIZE - 1] {
        assert_eq!(file.read(0, offset), Ok(Vec::new()), "0 bytes at {offset}");
    }
    passed();
}
