//! A detached file and a detached directory are not opened: `no-entry`.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, any_name, assert_space_empty, file_options, new_directory, passed,
};

pub(crate) fn main() {
    let outer = new_directory();
    let file = outer.create_file(&file_options()).expect("create a file in it");
    file.write(b"content", 0).expect("write");
    let inner = outer.create_directory(&any_name()).expect("create a directory in it");
    let inner_file = inner.create_file(&file_options()).expect("create a file in that");
    drop(outer);
    let (read, write) = (DescriptorFlags::READ, DescriptorFlags::WRITE);
    for flags in [read, write, read | write] {
        for file in [&file, &inner_file] {
            assert_eq!(
                file.open(flags).map(drop),
                Err(ErrorCode::NoEntry),
                "a file with {flags:?}"
            );
        }
    }
    let mutate = DescriptorFlags::MUTATE_DIRECTORY;
    for flags in [read, mutate, read | mutate] {
        assert_eq!(
            inner.open(flags).map(drop),
            Err(ErrorCode::NoEntry),
            "a directory with {flags:?}"
        );
    }
    assert_space_empty();
    passed();
}
