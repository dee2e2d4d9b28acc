//! A file on disk without a name counts in the usage or not; with one it does, and not after it went.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_space_empty, file_with, passed, space};

pub(crate) fn main() {
    let file = file_with(b"10 bytes..");
    let usage = space::get_usage();
    assert!(usage.bytes == 0 || usage.bytes == 10, "it has {} bytes", usage.bytes);
    assert!(usage.entries <= 1, "it is {} entries", usage.entries);
    assert!(file.get_path().is_ok(), "it gets no name");
    let usage = space::get_usage();
    assert_eq!((usage.bytes, usage.entries), (10, 1), "with a name");
    drop(file);
    let usage = space::get_usage();
    assert_eq!((usage.bytes, usage.entries), (0, 0), "after it went");

    drop(file_with(b"never had a name"));
    let usage = space::get_usage();
    assert_eq!(
        (usage.bytes, usage.entries),
        (0, 0),
        "after one went that never had a name"
    );
    assert_space_empty();
    passed();
}
