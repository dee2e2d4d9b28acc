//! What is detached is not persisted: `no-entry`. But a bad name is `invalid` first.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    ErrorCode, TemporaryDirectory, TemporaryFile, any_name, assert_space_empty, bad_names, file_options, names_in,
    new_directory, passed, preopen, put,
};

pub(crate) fn main() {
    let out = preopen("/out");
    put("/out/taken", "taken");
    let dir = new_directory();
    let mut file = dir.create_file(&file_options()).expect("create a file in it");
    let mut inner = dir.create_directory(&any_name()).expect("create a directory in it");
    drop(dir);

    for overwrite in [false, true] {
        for name in ["free", "taken"] {
            let (handle, code) = TemporaryFile::persist(file, &out, name, overwrite).expect_err("persisted nothing");
            assert_eq!(code, ErrorCode::NoEntry, "a file as `{name}`");
            file = handle;
        }
        for name in bad_names() {
            let (handle, code) = TemporaryFile::persist(file, &out, &name, overwrite).expect_err("persisted nothing");
            assert_eq!(code, ErrorCode::Invalid, "a file with a bad name");
            file = handle;
        }
    }
    for name in ["free", "taken"] {
        let (handle, code) = TemporaryDirectory::persist(inner, &out, name).expect_err("persisted nothing");
        assert_eq!(code, ErrorCode::NoEntry, "a directory as `{name}`");
        inner = handle;
    }
    for name in bad_names() {
        let (handle, code) = TemporaryDirectory::persist(inner, &out, &name).expect_err("persisted nothing");
        assert_eq!(code, ErrorCode::Invalid, "a directory with a bad name");
        inner = handle;
    }
    assert_eq!(names_in("/out"), ["taken"], "a refusal left something");
    std::fs::remove_file("/out/taken").expect("delete it again");
    drop((file, inner));
    assert_space_empty();
    passed();
}
