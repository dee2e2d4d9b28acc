//! A persisted file has as many bytes as the temporary one, and its holes are zeros.
//@ out = ["extended", "written"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{TemporaryFile, assert_space_empty, passed, preopen, roomy};

pub(crate) fn main() {
    let out = preopen("/out");
    let file = TemporaryFile::create(&roomy(1 << 16)).expect("create a file");
    file.write(b"first", 0).expect("write");
    file.write(b"last", 50_000).expect("write beyond the end");
    TemporaryFile::persist(file, &out, "written", false).expect("persist it");
    let mut expected = vec![0; 50_004];
    expected[..5].copy_from_slice(b"first");
    expected[50_000..].copy_from_slice(b"last");
    let found = fs::read("/out/written").expect("read it");
    assert!(
        found == expected,
        "the {} bytes of a file with a hole are others",
        found.len()
    );

    let file = TemporaryFile::create(&roomy(1 << 16)).expect("create a file");
    file.set_size(1000).expect("extend it");
    TemporaryFile::persist(file, &out, "extended", false).expect("persist it");
    let found = fs::read("/out/extended").expect("read it");
    assert!(
        found == [0; 1000],
        "the {} bytes of an extended file are others",
        found.len()
    );
    assert_space_empty();
    passed();
}
