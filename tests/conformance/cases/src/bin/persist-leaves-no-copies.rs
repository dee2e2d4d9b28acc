//! After each success and each refusal exactly what is expected is in `parent`, and no copy beside it.
//@ out = ["directory", "file", "tree-0", "tree-0/data.txt", "tree-1", "tree-1/data.txt", "tree-2", "tree-2/data.txt"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    ErrorCode, TemporaryDirectory, TemporaryFile, assert_space_empty, file_with, names_in, new_directory, passed,
    preopen, put, varied,
};

pub(crate) fn main() {
    let out = preopen("/out");
    let mut expected = vec![String::from("directory")];
    let check = |expected: &[String]| assert_eq!(names_in("/out"), expected, "something else is there, or is not");
    fs::create_dir("/out/directory").expect("make a directory");
    let bytes = varied(20_000, 1);
    for round in 0..3 {
        TemporaryFile::persist(file_with(&bytes), &out, "file", round > 0).expect("persist a file");
        if round == 0 {
            expected.push("file".to_owned());
        }
        check(&expected);
        for (name, overwrite, right) in [
            ("file", false, ErrorCode::Exist),
            ("directory", false, ErrorCode::Exist),
            ("directory", true, ErrorCode::IsDirectory),
            ("..", true, ErrorCode::Invalid),
        ] {
            let persisted = TemporaryFile::persist(file_with(&bytes), &out, name, overwrite);
            let (file, code) = persisted.expect_err("persisted to a name that is taken or bad");
            assert_eq!(code, right, "persist as `{name}`");
            check(&expected);
            drop(file);
            check(&expected);
        }

        let dir = new_directory();
        let path = dir.get_path().expect("get its path");
        put(format!("{path}/data.txt"), &bytes);
        let mut dir = Some(dir);
        for name in ["file", "directory"] {
            let persisted = TemporaryDirectory::persist(dir.take().expect("it came back"), &out, name);
            let (handle, code) = persisted.expect_err("persisted to a name that is taken");
            assert_eq!(code, ErrorCode::Exist, "persist a directory as `{name}`");
            check(&expected);
            dir = Some(handle);
        }
        let name = format!("tree-{round}");
        TemporaryDirectory::persist(dir.expect("it came back"), &out, &name).expect("persist a directory");
        expected.push(name);
        check(&expected);
        assert_space_empty();
    }
    assert!(
        fs::read("/out/file").expect("read the file") == bytes,
        "the file is another one"
    );
    assert!(names_in("/out/directory").is_empty(), "something is in the directory");
    passed();
}
