//! Into a `parent` opened without `mutate-directory` it works, or the handle comes back and works.
//@ out = ["inner"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::wasi::types::{OpenFlags, PathFlags};
use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, TemporaryDirectory, TemporaryFile, assert_holds, assert_space_empty, file_with,
    names_in, new_directory, passed, preopen, put,
};

fn assert_refusal(code: ErrorCode) {
    let codes = [ErrorCode::NotPermitted, ErrorCode::ReadOnly, ErrorCode::Access];
    assert!(codes.contains(&code), "refused as {code}");
}

pub(crate) fn main() {
    fs::create_dir("/out/inner").expect("make a directory");
    let how = OpenFlags::DIRECTORY;
    let parent = preopen("/out").open_at(PathFlags::empty(), "inner", how, DescriptorFlags::READ);
    let parent = parent.expect("open it to read");

    let file = file_with(b"temporary");
    let was_in_memory = file.is_in_memory();
    match TemporaryFile::persist(file, &parent, "file", false) {
        Ok(()) => assert_eq!(fs::read("/out/inner/file").expect("read the file"), b"temporary"),
        Err((file, code)) => {
            assert_refusal(code);
            assert_eq!(file.is_in_memory(), was_in_memory, "the refusal moved it");
            assert_holds(&file, b"temporary");
            assert!(names_in("/out/inner").is_empty(), "the refusal left something");
        }
    }
    let _ = fs::remove_file("/out/inner/file");

    let dir = new_directory();
    let path = dir.get_path().expect("get its path");
    put(format!("{path}/data.txt"), "by path");
    match TemporaryDirectory::persist(dir, &parent, "tree") {
        Ok(()) => {
            let data = fs::read("/out/inner/tree/data.txt").expect("read what is in it");
            assert_eq!(data, b"by path");
            fs::remove_file("/out/inner/tree/data.txt").expect("delete what was persisted");
            fs::remove_dir("/out/inner/tree").expect("delete the directory");
        }
        Err((dir, code)) => {
            assert_refusal(code);
            assert_eq!(
                dir.get_path(),
                Ok(path.clone()),
                "the handle came back with another path"
            );
            assert_eq!(names_in(&path), ["data.txt"], "the refusal changed what is in it");
        }
    }
    assert!(
        names_in("/out/inner").is_empty(),
        "something is left: {:?}",
        names_in("/out/inner")
    );
    assert_space_empty();
    passed();
}
