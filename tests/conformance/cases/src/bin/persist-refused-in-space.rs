//! A `persist` into the space that is refused leaves nothing there, and the file as it was.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    ErrorCode, TemporaryFile, assert_holds, assert_space_empty, file_with, in_space, passed, preopen, space_path,
};

pub(crate) fn main() {
    let space = preopen(&space_path());
    let taken = format!("{}/taken", space_path());
    fs::create_dir(&taken).expect("take a name with a directory");
    let file = file_with(b"a file");
    let was_in_memory = file.is_in_memory();
    let before = in_space();
    let (file, code) = TemporaryFile::persist(file, &space, "taken", false).expect_err("replaced a directory");
    assert_eq!(code, ErrorCode::Exist, "without `overwrite`");
    assert_eq!(in_space(), before, "the refusal without `overwrite` left something");
    let (file, code) = TemporaryFile::persist(file, &space, "taken", true).expect_err("replaced a directory");
    assert_eq!(code, ErrorCode::IsDirectory, "with `overwrite`");
    assert_eq!(file.is_in_memory(), was_in_memory, "the refusal moved it");
    if was_in_memory {
        assert_eq!(in_space(), ["taken"], "the refusal with `overwrite` left something");
    }
    assert_holds(&file, b"a file");
    fs::remove_dir(&taken).expect("make way");
    TemporaryFile::persist(file, &space, "taken", true).expect("persist it");
    assert_eq!(fs::read(&taken).expect("read it"), b"a file");
    fs::remove_file(&taken).expect("delete it");
    assert_space_empty();
    passed();
}
