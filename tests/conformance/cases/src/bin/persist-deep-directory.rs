//! A tree too deep for paths is persisted whole, or is `name-too-long`, as it was, with no copy beside.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    Descriptor, ErrorCode, TemporaryDirectory, assert_space_empty, name_of, names_in, new_directory, open_parent,
    passed, preopen, put, space_path,
};

/// 25 levels of this are more than the 4,096 bytes of the longest path.
const LEVELS: usize = 25;

fn level() -> String {
    "level".repeat(40)
}

/// Makes directories in each other, as many as the host lets a program make. How many.
fn make(top: Descriptor) -> usize {
    let mut here = top;
    for made in 0..LEVELS {
        match here.create_directory_at(&level()) {
            Ok(()) => here = open_parent(&here, &level()),
            Err(ErrorCode::NameTooLong | ErrorCode::Quota) => return made,
            Err(code) => panic!("make level {made}: {code}"),
        }
    }
    LEVELS
}

/// Deletes them from the top down, since paths to the innermost may be too long. How many.
fn unmake(parent: &Descriptor, name: &str) -> usize {
    let mut levels = 0;
    let level = level();
    while parent.rename_at(&format!("{name}/{level}"), parent, "next").is_ok() {
        levels += 1;
        parent.remove_directory_at(name).expect("delete a level");
        parent.rename_at("next", parent, name).expect("move the next one up");
    }
    parent.remove_directory_at(name).expect("delete the last level");
    levels
}

pub(crate) fn main() {
    let (out, space) = (preopen("/out"), preopen(&space_path()));
    let dir = new_directory();
    let path = dir.get_path().expect("get its path");
    put(format!("{path}/data.txt"), "by path");
    let made = make(open_parent(&space, name_of(&path)));

    match TemporaryDirectory::persist(dir, &out, "deep") {
        Ok(()) => {
            assert_space_empty();
            assert_eq!(names_in("/out"), ["deep"], "something else is there");
            out.unlink_file_at("deep/data.txt")
                .expect("delete the file that was in it");
            assert_eq!(unmake(&out, "deep"), made, "some levels are not there");
        }
        Err((dir, code)) => {
            assert_eq!(code, ErrorCode::NameTooLong, "persist it");
            assert!(names_in("/out").is_empty(), "a copy is left: {:?}", names_in("/out"));
            assert_eq!(
                dir.get_path(),
                Ok(path.clone()),
                "the handle came back with another path"
            );
            space
                .unlink_file_at(&format!("{}/data.txt", name_of(&path)))
                .expect("delete the file in it");
            assert_eq!(
                unmake(&space, name_of(&path)),
                made,
                "some levels are not there any more"
            );
            drop(dir);
        }
    }
    assert_space_empty();
    passed();
}
