//! Bad flags, and an offset that is too large, are refused before a detached handle is: the arguments count first.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{DescriptorFlags, ErrorCode, any_name, file_options, new_directory, passed};

pub(crate) fn main() {
    let outer = new_directory();
    let file = outer.create_file(&file_options()).expect("create a file in it");
    let directory = outer.create_directory(&any_name()).expect("create a directory in it");
    drop(outer);
    let (read, write) = (DescriptorFlags::READ, DescriptorFlags::WRITE);
    let mutate = DescriptorFlags::MUTATE_DIRECTORY;
    for flags in [read, write, read | write] {
        let refused = file.open(flags).map(drop);
        assert_eq!(refused, Err(ErrorCode::NoEntry), "a file with {flags:?}");
    }
    for flags in [DescriptorFlags::empty(), mutate, read | mutate, read | write | mutate] {
        let refused = file.open(flags).map(drop);
        assert_eq!(refused, Err(ErrorCode::Invalid), "a file with {flags:?}");
    }
    for flags in [read, mutate, read | mutate] {
        let refused = directory.open(flags).map(drop);
        assert_eq!(refused, Err(ErrorCode::NoEntry), "a directory with {flags:?}");
    }
    for flags in [DescriptorFlags::empty(), write, read | write, read | write | mutate] {
        let refused = directory.open(flags).map(drop);
        assert_eq!(refused, Err(ErrorCode::Invalid), "a directory with {flags:?}");
    }
    for offset in [1 << 63, u64::MAX] {
        let refused = file.write_via_stream(offset).map(drop);
        assert_eq!(refused, Err(ErrorCode::FileTooLarge), "a stream from {offset}");
    }
    passed();
}
