//! Without a preopen of the space, a file has no path and cannot be kept, but works otherwise.
//@ tmp = ""
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, TemporaryDirectory, TemporaryFile, any_name, content, file_options, max_memory, passed,
};

pub(crate) fn main() {
    let there_is_a_space = match TemporaryDirectory::create(&any_name()) {
        Ok(_) => true,
        Err(code) => {
            assert_eq!(code, ErrorCode::Unsupported, "create a directory");
            false
        }
    };
    let file = match TemporaryFile::create(&file_options()) {
        Ok(file) => file,
        Err(code) => {
            assert!(!there_is_a_space, "create a file: {code:?}");
            assert_eq!(code, ErrorCode::Unsupported, "create a file");
            return passed();
        }
    };
    assert!(
        there_is_a_space || max_memory() != Some(0),
        "a file on disk without a disk"
    );
    file.write(b"without a path", 0).expect("write");
    let was_in_memory = file.is_in_memory();

    assert_eq!(file.get_path(), Err(ErrorCode::Unsupported), "get-path");
    let (file, code) = TemporaryFile::keep(file).expect_err("kept where nobody would find it");
    assert_eq!(code, ErrorCode::Unsupported, "keep");
    assert_eq!(file.is_in_memory(), was_in_memory, "the refusals moved it");
    assert_eq!(content(&file), b"without a path", "after the refusals");
    assert_eq!(file.append(b", still"), Ok(14));

    if there_is_a_space {
        let descriptor = file.open(DescriptorFlags::READ).expect("open it");
        assert_eq!(descriptor.read(100, 0).expect("read").0, b"without a path, still");
    } else {
        let opened = file.open(DescriptorFlags::READ).err();
        assert_eq!(opened, Some(ErrorCode::Unsupported), "open without a disk");
        assert!(
            file.is_in_memory(),
            "a move to disk failed, but the file is not in memory"
        );
    }
    assert_eq!(content(&file), b"without a path, still");
    TemporaryFile::close(file).expect("close it");
    passed();
}
