//! Flags for synchronized writes are honoured or `unsupported`, for files and for directories.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, assert_holds, file_with, new_directory, passed, write_descriptor,
};

pub(crate) fn main() {
    let file = file_with(b"as it was");
    let directory = new_directory();
    for synchronized in [
        DescriptorFlags::FILE_INTEGRITY_SYNC,
        DescriptorFlags::DATA_INTEGRITY_SYNC,
        DescriptorFlags::REQUESTED_WRITE_SYNC,
    ] {
        match file.open(DescriptorFlags::READ | DescriptorFlags::WRITE | synchronized) {
            Ok(descriptor) => write_descriptor(&descriptor, b"as it was", 0).expect("write"),
            Err(code) => assert_eq!(code, ErrorCode::Unsupported, "a file with {synchronized:?}"),
        }
        let opened = directory.open(DescriptorFlags::READ | synchronized).map(drop);
        assert!(
            matches!(opened, Ok(()) | Err(ErrorCode::Unsupported)),
            "a directory with {synchronized:?}: {opened:?}"
        );
    }
    assert_holds(&file, b"as it was");
    passed();
}
