//! With a `max-memory` of 0 a file is on disk from the start, even while it is empty.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{TemporaryFile, assert_holds, holding, new_directory, passed};

pub(crate) fn main() {
    let directory = new_directory();
    let in_space = TemporaryFile::create(&holding(0)).expect("create a file");
    let in_directory = directory.create_file(&holding(0)).expect("create a file in it");
    for file in [in_space, in_directory] {
        assert!(!file.is_in_memory(), "it is in memory while it is empty");
        assert_holds(&file, b"");
        file.write(b"x", 0).expect("write");
        assert!(!file.is_in_memory(), "it is in memory with a byte");
        assert_holds(&file, b"x");
    }
    passed();
}
