//! Flags that are not for directories are `invalid`, on a detached handle as well.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{DescriptorFlags, ErrorCode, any_name, new_directory, passed};

pub(crate) fn main() {
    let directory = new_directory();
    let outer = new_directory();
    let detached = outer.create_directory(&any_name()).expect("create a directory in one");
    drop(outer);
    let (read, write) = (DescriptorFlags::READ, DescriptorFlags::WRITE);
    let mutate = DescriptorFlags::MUTATE_DIRECTORY;
    for flags in [
        DescriptorFlags::empty(),
        DescriptorFlags::FILE_INTEGRITY_SYNC,
        DescriptorFlags::DATA_INTEGRITY_SYNC | DescriptorFlags::REQUESTED_WRITE_SYNC,
        write,
        read | write,
        write | mutate,
        read | write | mutate,
        DescriptorFlags::all(),
    ] {
        let refused = directory.open(flags).map(drop);
        assert_eq!(refused, Err(ErrorCode::Invalid), "{flags:?}");
        // The arguments are looked at before the handle.
        let refused = detached.open(flags).map(drop);
        assert_eq!(refused, Err(ErrorCode::Invalid), "of a detached directory: {flags:?}");
    }
    passed();
}
