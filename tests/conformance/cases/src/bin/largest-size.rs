//! A size of 2^63 - 1 is one that a file can have, or is refused by the storage and changes nothing.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{ErrorCode, TemporaryFile, assert_holds, file_with, passed};

const LARGEST: u64 = (1 << 63) - 1;
const BYTES: &[u8] = b"some bytes";

pub(crate) fn main() {
    let file = file_with(BYTES);
    match file.set_size(LARGEST) {
        Ok(()) => check_largest(&file, 0),
        Err(_) => check_refused(&file),
    }
    let file = file_with(BYTES);
    match file.write(b"!", LARGEST - 1) {
        Ok(()) => check_largest(&file, b'!'),
        Err(_) => check_refused(&file),
    }
    passed();
}

fn check_largest(file: &TemporaryFile, last: u8) {
    assert_eq!(file.get_size(), Ok(LARGEST), "the size");
    assert_eq!(file.read(5, LARGEST - 1), Ok(vec![last]), "the last byte");
    assert_eq!(file.read(5, LARGEST), Ok(Vec::new()), "at the end");
    assert_eq!(file.append(b"x"), Err(ErrorCode::FileTooLarge), "one byte more");
    assert_eq!(file.append(b""), Ok(LARGEST), "not a byte more");
    assert_eq!(file.get_size(), Ok(LARGEST), "the size after that");
    assert_eq!(file.read(10, 0).as_deref(), Ok(BYTES), "the first bytes");
    file.set_size(10).expect("cut it off again");
    assert_holds(file, BYTES);
}

/// Most systems have files that are smaller, and each its own words for it.
fn check_refused(file: &TemporaryFile) {
    assert_holds(file, BYTES);
    file.append(b"!").expect("append after that");
    assert_holds(file, b"some bytes!");
}
