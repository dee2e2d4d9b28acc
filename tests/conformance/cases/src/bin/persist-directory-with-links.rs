//! A persisted directory leaves its symbolic links out, at any depth, and a refusal before that takes none away.
//@ storages = ["disk"]
//@ out = ["taken", "tree", "tree/a", "tree/a/b", "tree/a/b/data.txt", "tree/a/empty", "tree/again", "tree/one"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    ErrorCode, TemporaryDirectory, any_name, assert_space_empty, link, names_in, passed, preopen, put, stands,
};

pub(crate) fn main() {
    let out = preopen("/out");
    put("/out/taken", "not ours");
    let dir = TemporaryDirectory::create(&any_name()).expect("create a directory");
    let path = dir.get_path().expect("get its path");
    let inside = |name: &str| format!("{path}/{name}");
    fs::create_dir_all(inside("a/b")).expect("make directories in it");
    fs::create_dir(inside("a/empty")).expect("make an empty one deeper down");
    put(inside("a/b/data.txt"), "by path");
    put(inside("one"), "1");
    fs::hard_link(inside("one"), inside("again")).expect("give a file another name");
    let links = [
        ("dangling", "nowhere"),
        ("to-directory", "a/b"),
        ("to-one", "one"),
        ("up", ".."),
        ("a/out", "../../../etc/hostname"),
        ("a/b/out", "../../../../etc"),
    ];
    for (name, target) in links {
        link(target, &inside(name)).expect("make a link in it");
    }
    let all = || ["", "a", "a/b"].map(|below| names_in(inside(below)));
    let before = all();

    let (dir, code) = TemporaryDirectory::persist(dir, &out, "taken").expect_err("replaced a file");
    assert_eq!(code, ErrorCode::Exist, "persist to a name that is taken");
    assert_eq!(all(), before, "the refusal changed what is in it");

    TemporaryDirectory::persist(dir, &out, "tree").expect("persist it");
    assert!(!stands(&path), "it is still under its old path, too");
    assert_space_empty();
    assert_eq!(names_in("/out/tree"), ["a", "again", "one"]);
    assert_eq!(names_in("/out/tree/a"), ["b", "empty"]);
    assert_eq!(names_in("/out/tree/a/b"), ["data.txt"]);
    let read = |name: &str| fs::read(format!("/out/tree/{name}")).expect("read a file that was in it");
    assert_eq!(read("a/b/data.txt"), b"by path");
    assert_eq!(read("one"), b"1");
    assert_eq!(read("again"), b"1");
    passed();
}
