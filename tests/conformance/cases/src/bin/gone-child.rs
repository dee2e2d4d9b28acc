//! A directory in which the program deleted another one, with a file that has a handle, is kept, and is persisted.
//@ out = ["moved", "moved/stays"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    TemporaryDirectory, TemporaryFile, any_name, assert_space_empty, file_options, new_directory, passed, preopen, put,
};

/// A directory with a file in it, and the handle of another file, whose own directory was deleted.
fn with_a_gone_child() -> (TemporaryDirectory, TemporaryFile) {
    let dir = new_directory();
    let inner = dir.create_directory(&any_name()).expect("create a directory in it");
    let file = inner.create_file(&file_options()).expect("create a file in that");
    file.write(b"gone", 0).expect("write");
    fs::remove_dir_all(inner.get_path().expect("get the path")).expect("delete the inner directory by path");
    put(
        format!("{}/stays", dir.get_path().expect("get the outer path")),
        "stays",
    );
    (dir, file)
}

pub(crate) fn main() {
    let (dir, file) = with_a_gone_child();
    let kept = TemporaryDirectory::keep(dir).expect("keep the outer directory");
    drop(file);
    assert_eq!(fs::read(format!("{kept}/stays")).expect("read by path"), b"stays");
    fs::remove_dir_all(kept).expect("delete what was kept");

    let (dir, file) = with_a_gone_child();
    TemporaryDirectory::persist(dir, &preopen("/out"), "moved").expect("persist the outer directory");
    drop(file);
    assert_space_empty();
    passed();
}
