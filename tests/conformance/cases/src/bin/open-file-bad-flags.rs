//! Flags that are not for files are `invalid`, and the file stays where it is.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, TemporaryFile, assert_holds, assert_space_empty, file_with, holding, passed,
};

pub(crate) fn main() {
    let (read, write) = (DescriptorFlags::READ, DescriptorFlags::WRITE);
    let mutate = DescriptorFlags::MUTATE_DIRECTORY;
    let file = file_with(b"as it was");
    let small = TemporaryFile::create(&holding(1_000)).expect("create a file");
    small.write(b"in memory?", 0).expect("write");
    let was_in_memory = small.is_in_memory();
    for flags in [
        DescriptorFlags::empty(),
        DescriptorFlags::FILE_INTEGRITY_SYNC,
        DescriptorFlags::DATA_INTEGRITY_SYNC | DescriptorFlags::REQUESTED_WRITE_SYNC,
        mutate,
        read | mutate,
        write | mutate,
        read | write | mutate,
        DescriptorFlags::all(),
    ] {
        let refused = file.open(flags).map(drop);
        assert_eq!(refused, Err(ErrorCode::Invalid), "{flags:?}");
        let refused = small.open(flags).map(drop);
        assert_eq!(refused, Err(ErrorCode::Invalid), "{flags:?}");
        assert_eq!(small.is_in_memory(), was_in_memory, "{flags:?} moved the file to disk");
    }
    assert_holds(&small, b"in memory?");
    assert_holds(&file, b"as it was");
    drop((file, small));
    assert_space_empty();
    passed();
}
