//! A file is on disk after `open`, with the content that it had in memory.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{DescriptorFlags, assert_holds, file_with, new_file, passed, read_descriptor, varied};

pub(crate) fn main() {
    let bytes = varied(10_000, 21);
    let file = file_with(&bytes);
    let descriptor = file.open(DescriptorFlags::READ).expect("open it");
    assert!(!file.is_in_memory(), "a file with a descriptor is in memory");
    assert!(
        read_descriptor(&descriptor).expect("read it") == bytes,
        "the descriptor reads something else"
    );
    assert_holds(&file, &bytes);
    drop(descriptor);
    file.set_size(0).expect("cut it");
    assert!(!file.is_in_memory(), "the file came back to memory");

    let empty = new_file();
    let descriptor = empty.open(DescriptorFlags::WRITE).expect("open an empty one");
    assert!(!empty.is_in_memory(), "an empty file with a descriptor is in memory");
    drop(descriptor);
    assert_holds(&empty, b"");
    passed();
}
