//! A directory is not persisted under a name that is none, or that some system cannot hold: `invalid`.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    ErrorCode, TemporaryDirectory, assert_space_empty, bad_names, in_space, name_of, names_in, new_directory, passed,
    preopen, put,
};

pub(crate) fn main() {
    let out = preopen("/out");
    let mut dir = new_directory();
    let path = dir.get_path().expect("get its path");
    put(format!("{path}/data.txt"), "by path");
    for name in bad_names() {
        let persisted = TemporaryDirectory::persist(dir, &out, &name);
        let start: String = name.chars().take(20).collect();
        let (handle, code) = persisted.expect_err("persisted to a bad name");
        assert_eq!(code, ErrorCode::Invalid, "the name {start:?} of {} bytes", name.len());
        dir = handle;
    }
    assert_eq!(
        dir.get_path(),
        Ok(path.clone()),
        "the handle came back with another path"
    );
    assert_eq!(names_in(&path), ["data.txt"], "a refusal changed what is in it");
    assert_eq!(in_space(), [name_of(&path)], "a refusal left something in the space");
    assert!(
        names_in("/out").is_empty(),
        "a refusal left something in `/out`: {:?}",
        names_in("/out")
    );
    drop(dir);
    assert_space_empty();
    passed();
}
