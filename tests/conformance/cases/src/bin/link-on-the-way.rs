//! A link in the middle of a path is not followed, whatever is done.
//@ left = ["elsewhere", "elsewhere/*", "elsewhere/*", "elsewhere/*", "elsewhere/*", "elsewhere/*/data.txt"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, TemporaryDirectory, TemporaryFile, any_name, file_options, holding, in_space, link,
    names_in, new_directory, passed, preopen, put, space_path, stands,
};

pub(crate) fn main() {
    let elsewhere = format!("{}/elsewhere", space_path());
    let outer = new_directory();
    let inner = outer.create_directory(&any_name()).expect("create a directory in it");
    let files = [(), (), ()].map(|()| outer.create_file(&file_options()).expect("create a file in it"));
    let [dropped, closed, other] = files;
    for file in [&dropped, &closed, &other] {
        file.get_path().expect("get its path");
    }
    let path = outer.get_path().expect("get its path");
    let inner_path = inner.get_path().expect("get its path");
    put(format!("{inner_path}/data.txt"), "by path");
    fs::rename(&path, &elsewhere).expect("move the outer one away");
    link("elsewhere", &path).expect("put a link there");
    assert!(stands(&format!("{inner_path}/data.txt")), "the link leads there");
    let before = names_in(&elsewhere);

    let made = inner.create_directory(&any_name());
    assert_eq!(made.err(), Some(ErrorCode::Loop), "create a directory");
    let made = inner.create_file(&holding(0));
    assert_eq!(made.err(), Some(ErrorCode::Loop), "create a file");
    let opened = inner.open(DescriptorFlags::READ);
    assert_eq!(opened.err(), Some(ErrorCode::Loop), "open a directory");
    let out = preopen("/out");
    let (inner, code) = TemporaryDirectory::persist(inner, &out, "moved").expect_err("moved a directory");
    assert_eq!(code, ErrorCode::Loop, "persist a directory");
    let (other, code) = TemporaryFile::persist(other, &out, "moved", false).expect_err("moved a file");
    assert_eq!(code, ErrorCode::Loop, "persist a file");

    TemporaryFile::close(closed).expect("close a file that is not there");
    drop((dropped, other));
    TemporaryDirectory::close(inner).expect("close a directory that is not there");
    assert_eq!(
        names_in(&elsewhere),
        before,
        "something was made or deleted through the link"
    );
    drop(outer);
    assert_eq!(in_space(), ["elsewhere"], "the link is still there");
    passed();
}
