//! Links in a directory go with it, and what they lead to stays as it was.
//@ storages = ["disk"]
//@ left = ["target", "target.txt", "target/data.txt", "target/inner", "target/inner/more.txt"]
//@ out = ["target", "target/data.txt"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{ErrorCode, link, new_directory, passed, put, space_path, stands};

pub(crate) fn main() {
    let space = space_path();
    put(format!("{space}/target.txt"), "a target");
    for place in [&*space, "/out"] {
        fs::create_dir(format!("{place}/target")).expect("make a target");
        put(format!("{place}/target/data.txt"), "in a target");
    }
    fs::create_dir(format!("{space}/target/inner")).expect("make a target");
    put(format!("{space}/target/inner/more.txt"), "deeper");

    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    fs::create_dir(format!("{path}/inner")).expect("make a directory in it");
    for (target, name) in [
        ("../target.txt", "file"),
        ("../target", "directory"),
        ("../target/", "directory-with-slash"),
        ("../target/inner", "inner-directory"),
        ("../target/nowhere", "dangling"),
        ("..", "up"),
        (".", "itself"),
        ("inner", "inside"),
        ("../../target", "inner/directory"),
        ("../..", "inner/up"),
    ] {
        link(target, &format!("{path}/{name}")).unwrap_or_else(|code| panic!("make a link to {target:?}: {code:?}"));
    }
    // What leads out of the space: the host may refuse it.
    for (target, name) in [
        ("/", "root"),
        ("/out/target", "out"),
        ("/tmp/target", "tmp"),
        ("../../out/target", "beside"),
        ("../../../../../../../../../..", "far-up"),
    ] {
        if let Err(code) = link(target, &format!("{path}/{name}")) {
            assert!(
                matches!(code, ErrorCode::NotPermitted | ErrorCode::Access | ErrorCode::Invalid),
                "make a link to {target:?}: {code:?}"
            );
        }
    }

    drop(directory);
    assert!(!stands(&path), "the directory is still there");
    for file in [
        format!("{space}/target.txt"),
        format!("{space}/target/inner/more.txt"),
        "/out/target/data.txt".into(),
    ] {
        assert!(stands(&file), "{file} went with a link");
    }
    assert_eq!(
        fs::read(format!("{space}/target.txt")).expect("read the target"),
        b"a target"
    );
    passed();
}
