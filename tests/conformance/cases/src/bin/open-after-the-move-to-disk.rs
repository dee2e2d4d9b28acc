//! A file that moved to disk because it grew is opened with all of its content.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, TemporaryFile, assert_holds, holding, passed, read_descriptor, varied, write_descriptor,
};

pub(crate) fn main() {
    let mut bytes = varied(3_001, 22);
    let file = TemporaryFile::create(&holding(3_000)).expect("create a file");
    file.write(&bytes[..3_000], 0).expect("write what memory may hold");
    assert_eq!(file.append(&bytes[3_000..]), Ok(3_000), "where one byte more landed");
    assert!(!file.is_in_memory(), "more than `max-memory` is in memory");
    let descriptor = file
        .open(DescriptorFlags::READ | DescriptorFlags::WRITE)
        .expect("open it");
    assert!(
        read_descriptor(&descriptor).expect("read it") == bytes,
        "the descriptor reads something else"
    );
    write_descriptor(&descriptor, b"by descriptor", 1_000).expect("write");
    bytes[1_000..1_013].copy_from_slice(b"by descriptor");
    assert_holds(&file, &bytes);
    passed();
}
