//! What files hold in memory is no part of the usage of the space.
//@ storages = ["default"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{TemporaryFile, file_options, new_directory, passed, space};

pub(crate) fn main() {
    let directory = new_directory();
    let before = space::get_usage();
    let file = TemporaryFile::create(&file_options()).expect("create a file");
    let other = directory.create_file(&file_options()).expect("create a file in it");
    for file in [&file, &other] {
        file.write(b"some bytes", 0).expect("write");
        file.set_size(2000).expect("extend it");
    }
    // A provider may have moved them to disk.
    if file.is_in_memory() && other.is_in_memory() {
        let usage = space::get_usage();
        assert_eq!(usage.bytes, before.bytes, "bytes");
        assert_eq!(usage.entries, before.entries, "entries");
    }
    passed();
}
