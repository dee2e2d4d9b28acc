//! Nothing moves to where a file or a link has taken the directory's place: it stays in memory.
//@ storages = ["default"]
//@ left = ["elsewhere"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    ErrorCode, assert_holds, holding, link, names_in, new_directory, passed, put, space_path, varied,
};

pub(crate) fn main() {
    let elsewhere = format!("{}/elsewhere", space_path());
    std::fs::create_dir(&elsewhere).expect("make another directory");
    let directory = new_directory();
    let place = directory.get_path().expect("get the path of the directory");
    let file = directory.create_file(&holding(1000)).expect("create a file in it");
    let bytes = varied(900, 1);
    file.write(&bytes, 0).expect("write");
    if !file.is_in_memory() {
        // A provider may move it earlier: then nothing is left that could fail.
        return passed();
    }

    std::fs::remove_dir(&place).expect("delete the directory by path");
    put(&place, "a file");
    assert_eq!(file.get_path(), Err(ErrorCode::NotDirectory), "to where a file is");
    assert_eq!(
        file.set_size(1001),
        Err(ErrorCode::NotDirectory),
        "larger, to where a file is"
    );
    assert!(file.is_in_memory(), "it has left memory for a file");
    assert_holds(&file, &bytes);
    assert_eq!(
        std::fs::read(&place).ok().as_deref(),
        Some(&b"a file"[..]),
        "the file in its place was changed"
    );

    std::fs::remove_file(&place).expect("delete the file");
    link("elsewhere", &place).expect("put a link in its place");
    assert_eq!(file.get_path(), Err(ErrorCode::Loop), "to where a link is");
    assert_eq!(
        file.append(&[7; 101]),
        Err(ErrorCode::Loop),
        "larger, to where a link is"
    );
    assert!(names_in(&elsewhere).is_empty(), "it went through the link");
    assert!(file.is_in_memory(), "it has left memory for a link");
    assert_holds(&file, &bytes);
    passed();
}
