//! Flags that are not for files are `invalid`, and the file stays where it is.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, TemporaryFile, assert_holds, assert_space_empty, file_options, file_with, holding,
    new_directory, passed,
};

fn bad_flags() -> Vec<DescriptorFlags> {
    let synchronized = DescriptorFlags::FILE_INTEGRITY_SYNC
        | DescriptorFlags::DATA_INTEGRITY_SYNC
        | DescriptorFlags::REQUESTED_WRITE_SYNC;
    let (read, write) = (DescriptorFlags::READ, DescriptorFlags::WRITE);
    let directory = DescriptorFlags::MUTATE_DIRECTORY;
    vec![
        DescriptorFlags::empty(),
        synchronized,
        directory,
        read | directory,
        write | directory,
        read | write | directory,
        DescriptorFlags::all(),
    ]
}

pub(crate) fn main() {
    let file = file_with(b"as it was");
    let small = TemporaryFile::create(&holding(1_000)).expect("create a file");
    small.write(b"in memory?", 0).expect("write");
    let was_in_memory = small.is_in_memory();
    let directory = new_directory();
    let detached = directory
        .create_file(&file_options())
        .expect("create a file in a directory");
    drop(directory);
    for flags in bad_flags() {
        let refused = file.open(flags).map(drop);
        assert_eq!(refused, Err(ErrorCode::Invalid), "{flags:?}");
        let refused = small.open(flags).map(drop);
        assert_eq!(refused, Err(ErrorCode::Invalid), "{flags:?}");
        // The arguments are looked at before the handle.
        let refused = detached.open(flags).map(drop);
        assert_eq!(refused, Err(ErrorCode::Invalid), "of a detached file: {flags:?}");
    }
    assert_eq!(small.is_in_memory(), was_in_memory, "a refusal moved the file to disk");
    assert_holds(&small, b"in memory?");
    assert_holds(&file, b"as it was");
    drop((file, small));
    assert_space_empty();
    passed();
}
