//! The usage is known where no preopened directory shows the space, too.
//@ tmp = ""
#![forbid(unsafe_code)]

use scratch_conformance_cases::{DescriptorFlags, ErrorCode, TemporaryDirectory, any_name, holding, passed, usage};

pub(crate) fn main() {
    assert_eq!(usage(), (0, 0), "at first");
    let dir = match TemporaryDirectory::create(&any_name()) {
        Ok(dir) => dir,
        Err(code) => {
            // There is no space at all.
            assert_eq!(code, ErrorCode::Unsupported, "create a directory");
            return passed();
        }
    };
    assert_eq!(usage(), (0, 1), "a directory");
    let inner = dir.create_directory(&any_name()).expect("create a directory in it");
    assert_eq!(usage(), (0, 2), "and one in it");
    let file = inner.create_file(&holding(0)).expect("create a file in that");
    file.write(b"10 bytes..", 0).expect("write");
    file.open(DescriptorFlags::READ).expect("open it");
    let (bytes, entries) = usage();
    // It may have no name, and then count or not.
    assert!(bytes == 10 || bytes == 0, "and a file in that: {bytes} bytes");
    assert!(entries == 3 || entries == 2, "and a file in that: {entries} entries");
    drop((file, dir));
    assert_eq!(usage(), (0, 0), "after all went");
    drop(inner);
    passed();
}
