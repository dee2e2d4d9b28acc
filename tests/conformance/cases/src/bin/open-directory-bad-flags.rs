//! Flags that are not for directories are `invalid`.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{DescriptorFlags, ErrorCode, new_directory, passed};

pub(crate) fn main() {
    let (read, write) = (DescriptorFlags::READ, DescriptorFlags::WRITE);
    let mutate = DescriptorFlags::MUTATE_DIRECTORY;
    let directory = new_directory();
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
    }
    passed();
}
