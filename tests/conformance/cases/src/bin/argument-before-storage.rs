//! What is wrong with an argument is said before what is wrong with the storage.
//@ tmp = ""
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, FileOptions, TemporaryDirectory, TemporaryFile, any_name, holding, max_memory, named,
    passed,
};

pub(crate) fn main() {
    for name in [
        named("a/b", ""),
        named("-", ""),
        named("", "."),
        named(&"x".repeat(256), ""),
    ] {
        let made = TemporaryDirectory::create(&name);
        assert_eq!(made.err(), Some(ErrorCode::Invalid), "a directory");
        for max_memory in [max_memory(), Some(0), Some(1 << 20)] {
            let made = TemporaryFile::create(&FileOptions {
                name: name.clone(),
                max_memory,
            });
            assert_eq!(made.err(), Some(ErrorCode::Invalid), "a file");
        }
    }
    // In memory, where there is no disk for it.
    if let Ok(file) = TemporaryFile::create(&holding(1 << 20)) {
        for flags in [DescriptorFlags::empty(), DescriptorFlags::MUTATE_DIRECTORY] {
            assert_eq!(file.open(flags).err(), Some(ErrorCode::Invalid), "open with {flags:?}");
        }
    }
    if let Ok(directory) = TemporaryDirectory::create(&any_name()) {
        let opened = directory.open(DescriptorFlags::WRITE);
        assert_eq!(opened.err(), Some(ErrorCode::Invalid), "open for writing");
    }
    passed();
}
