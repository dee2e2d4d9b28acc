//! That a handle is detached is said before that there is no path.
//@ tmp = ""
#![forbid(unsafe_code)]

use scratch_conformance_cases::{ErrorCode, TemporaryDirectory, TemporaryFile, any_name, file_options, passed};

pub(crate) fn main() {
    let directory = match TemporaryDirectory::create(&any_name()) {
        Ok(directory) => directory,
        Err(code) => {
            // There is no space at all.
            assert_eq!(code, ErrorCode::Unsupported, "create");
            return passed();
        }
    };
    let inner = directory
        .create_directory(&any_name())
        .expect("create a directory in it");
    let file = directory.create_file(&file_options()).expect("create a file in it");
    drop(directory);
    assert_eq!(inner.get_path(), Err(ErrorCode::NoEntry), "get-path of a directory");
    assert_eq!(file.get_path(), Err(ErrorCode::NoEntry), "get-path of a file");
    let (inner, code) = TemporaryDirectory::keep(inner).expect_err("kept a detached directory");
    assert_eq!(code, ErrorCode::NoEntry, "keep of a directory");
    let (file, code) = TemporaryFile::keep(file).expect_err("kept a detached file");
    assert_eq!(code, ErrorCode::NoEntry, "keep of a file");
    TemporaryDirectory::close(inner).expect("close the directory");
    TemporaryFile::close(file).expect("close the file");
    passed();
}
