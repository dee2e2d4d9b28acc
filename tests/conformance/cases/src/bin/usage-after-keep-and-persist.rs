//! What was kept, or persisted into the space, is in the usage; what was persisted out of it is not.
//@ left = ["dir-*", "dir-*/data.txt", "file", "file-*"]
//@ out = ["file", "tree", "tree/data.txt"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    FileOptions, TemporaryDirectory, TemporaryFile, file_options, named, passed, preopen, put, space_path, usage,
};

fn file() -> TemporaryFile {
    let options = FileOptions {
        name: named("file-", ""),
        ..file_options()
    };
    let file = TemporaryFile::create(&options).expect("create a file");
    file.write(b"10 bytes..", 0).expect("write");
    file
}

fn directory() -> TemporaryDirectory {
    let dir = TemporaryDirectory::create(&named("dir-", "")).expect("create a directory");
    put(format!("{}/data.txt", dir.get_path().expect("get its path")), "5 byt");
    dir
}

pub(crate) fn main() {
    let out = preopen("/out");
    TemporaryFile::keep(file()).expect("keep a file");
    assert_eq!(usage(), (10, 1), "a kept file");
    TemporaryDirectory::keep(directory()).expect("keep a directory");
    assert_eq!(usage(), (15, 3), "and a kept directory");
    TemporaryFile::persist(file(), &out, "file", false).expect("persist a file");
    assert_eq!(usage(), (15, 3), "and a file that was persisted");
    TemporaryDirectory::persist(directory(), &out, "tree").expect("persist a directory");
    assert_eq!(usage(), (15, 3), "and a directory that was persisted");
    TemporaryFile::persist(file(), &preopen(&space_path()), "file", false).expect("persist a file into the space");
    assert_eq!(usage(), (25, 4), "and a file that was persisted into the space");
    let larger = file();
    larger.append(b"5 byt").expect("append");
    TemporaryFile::persist(larger, &preopen(&space_path()), "file", true).expect("persist one in the place of that");
    assert_eq!(usage(), (30, 4), "and one that was persisted in the place of that");
    passed();
}
