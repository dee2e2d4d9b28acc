//! Where the program put a link in the place of a directory, it is not followed: `loop`.
//@ left = ["elsewhere"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, any_name, content, holding, in_space, link, names_in, new_directory, passed, space_path,
};

pub(crate) fn main() {
    let elsewhere = format!("{}/elsewhere", space_path());
    fs::create_dir(&elsewhere).expect("make a directory by path");
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    fs::remove_dir(&path).expect("delete it by path");
    link("elsewhere", &path).expect("put a link there");

    let made = directory.create_directory(&any_name());
    assert_eq!(made.err(), Some(ErrorCode::Loop), "create a directory");
    let made = directory.create_file(&holding(0));
    assert_eq!(made.err(), Some(ErrorCode::Loop), "create a file on disk");
    match directory.create_file(&holding(1 << 20)) {
        Ok(file) => {
            file.write(b"in memory", 0).expect("write to memory");
            assert_eq!(file.get_path(), Err(ErrorCode::Loop), "move a file to disk");
            assert_eq!(content(&file), b"in memory", "after it could not move");
        }
        Err(code) => assert_eq!(code, ErrorCode::Loop, "create a file"),
    }
    let opened = directory.open(DescriptorFlags::READ);
    assert_eq!(opened.err(), Some(ErrorCode::Loop), "open it");

    assert_eq!(names_in(&elsewhere), [""; 0], "something was made through the link");
    drop(directory);
    assert_eq!(
        in_space(),
        ["elsewhere"],
        "the link is still there, or where it led is not"
    );
    passed();
}
