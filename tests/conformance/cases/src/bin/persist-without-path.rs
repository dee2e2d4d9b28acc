//! Where no preopened directory shows the space, what is in it is persisted as elsewhere.
//@ tmp = ""
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::wasi::types::{OpenFlags, PathFlags};
use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, TemporaryDirectory, TemporaryFile, any_name, file_options, passed, preopen, space,
    write_descriptor,
};

pub(crate) fn main() {
    let out = preopen("/out");
    let dir = TemporaryDirectory::create(&any_name());
    // There may be no space at all then, and still be files in memory.
    let is_none = dir.as_ref().is_err_and(|code| *code == ErrorCode::Unsupported);
    match TemporaryFile::create(&file_options()) {
        Ok(file) => {
            file.write(b"a file", 0).expect("write");
            match TemporaryFile::persist(file, &out, "file", false) {
                Ok(()) => assert_eq!(fs::read("/out/file").expect("read it"), b"a file"),
                Err((_, code)) => assert!(is_none && code == ErrorCode::Unsupported, "persist a file: {code}"),
            }
        }
        Err(code) => assert!(is_none && code == ErrorCode::Unsupported, "create a file: {code}"),
    }
    if !is_none {
        let dir = dir.expect("create a directory");
        let flags = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
        let opened = dir.open(flags).expect("open it");
        opened
            .open_at(
                PathFlags::empty(),
                "data.txt",
                OpenFlags::CREATE,
                DescriptorFlags::WRITE,
            )
            .and_then(|file| write_descriptor(&file, b"in a directory", 0))
            .expect("write a file in it through a descriptor");
        drop(opened);
        TemporaryDirectory::persist(dir, &out, "tree").expect("persist it");
        let data = fs::read("/out/tree/data.txt").expect("read what is in it");
        assert_eq!(data, b"in a directory");
        fs::remove_dir_all("/out/tree").expect("delete it again");
    }
    let _ = fs::remove_file("/out/file");
    let usage = space::get_usage();
    assert_eq!((usage.bytes, usage.entries), (0, 0), "something is left in the space");
    passed();
}
