//! Files still in memory are no part of a directory that is persisted: they are gone.
//@ out = ["tree", "tree/data.txt"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    TemporaryDirectory, assert_space_empty, detached_file, holding, names_in, new_directory, passed, preopen, put,
};

pub(crate) fn main() {
    let out = preopen("/out");
    let dir = new_directory();
    let path = dir.get_path().expect("get its path");
    put(format!("{path}/data.txt"), "by path");
    let file = dir.create_file(&holding(1 << 12)).expect("create a file in it");
    file.write(b"in memory", 0).expect("write");
    // A provider may hold less in memory than it is allowed to.
    if !file.is_in_memory() {
        drop(file);
        TemporaryDirectory::persist(dir, &out, "tree").expect("persist the directory");
        return passed();
    }

    TemporaryDirectory::persist(dir, &out, "tree").expect("persist the directory");
    assert_eq!(names_in("/out/tree"), ["data.txt"], "what was in memory came to disk");
    drop(detached_file(file));
    assert_eq!(
        names_in("/out/tree"),
        ["data.txt"],
        "a detached file left something, or took it"
    );
    assert_space_empty();
    passed();
}
