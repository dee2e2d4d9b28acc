//! Files still in memory are not kept with their directory: they are gone.
//@ left = ["kept-*", "kept-*/data.txt"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{TemporaryDirectory, detached_file, holding, named, names_in, passed, put};

pub(crate) fn main() {
    let dir = TemporaryDirectory::create(&named("kept-", "")).expect("create a directory");
    let path = dir.get_path().expect("get its path");
    put(format!("{path}/data.txt"), "by path");
    let file = dir.create_file(&holding(1 << 12)).expect("create a file in it");
    file.write(b"in memory", 0).expect("write");
    // A provider may hold less in memory than it is allowed to.
    if !file.is_in_memory() {
        drop(file);
        TemporaryDirectory::keep(dir).expect("keep the directory");
        return passed();
    }

    let kept = TemporaryDirectory::keep(dir).expect("keep the directory");
    assert_eq!(names_in(&kept), ["data.txt"], "what was in memory came to disk");
    drop(detached_file(file));
    assert_eq!(
        names_in(&kept),
        ["data.txt"],
        "a detached file left something, or took it"
    );
    passed();
}
