//! Of what the program put in the place of a directory, a directory is persisted; a file or a link is not.
//@ left = ["target", "target/data.txt"]
//@ out = ["tree", "tree/second.txt"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    ErrorCode, TemporaryDirectory, in_space, link, names_in, new_directory, passed, preopen, put, space_path, stands,
};

fn removed() -> (TemporaryDirectory, String) {
    let dir = new_directory();
    let path = dir.get_path().expect("get its path");
    fs::remove_dir(&path).expect("delete it by path");
    (dir, path)
}

pub(crate) fn main() {
    let out = preopen("/out");
    let target = format!("{}/target", space_path());
    fs::create_dir(&target).expect("make a directory to lead to");
    put(format!("{target}/data.txt"), "where a link leads");

    let (dir, path) = removed();
    put(&path, "a file");
    let (dir, code) = TemporaryDirectory::persist(dir, &out, "tree").expect_err("persisted a file as a directory");
    assert_eq!(code, ErrorCode::NotDirectory, "there is a file in its place");
    assert!(stands(&path), "the refusal took the file");
    assert!(
        names_in("/out").is_empty(),
        "the refusal left something: {:?}",
        names_in("/out")
    );
    drop(dir);

    for leads_to in ["target", "nowhere"] {
        let (dir, path) = removed();
        link(leads_to, &path).expect("make a link there");
        let (dir, code) = TemporaryDirectory::persist(dir, &out, "tree").expect_err("persisted a link");
        assert_eq!(code, ErrorCode::Loop, "there is a link to `{leads_to}` in its place");
        assert!(stands(&path), "the refusal took the link");
        assert!(
            names_in("/out").is_empty(),
            "the refusal left something: {:?}",
            names_in("/out")
        );
        drop(dir);
    }

    let (dir, path) = removed();
    fs::create_dir(&path).expect("make another directory there");
    put(format!("{path}/second.txt"), "in the second one");
    TemporaryDirectory::persist(dir, &out, "tree").expect("persist what stands there");
    let second = fs::read("/out/tree/second.txt").expect("read what is in it");
    assert_eq!(second, b"in the second one");

    assert_eq!(in_space(), ["target"], "something else is in the space");
    assert_eq!(names_in(&target), ["data.txt"], "a link was followed");
    passed();
}
