//! A file whose move to disk failed can move later, when the program has made its directory again.
//@ storages = ["default"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    ErrorCode, assert_holds, assert_space_empty, holding, name_of, names_in, new_directory, passed, stands, varied,
};

pub(crate) fn main() {
    let directory = new_directory();
    let place = directory.get_path().expect("get the path of the directory");
    let file = directory.create_file(&holding(1000)).expect("create a file in it");
    let mut bytes = varied(900, 1);
    file.write(&bytes, 0).expect("write");
    if !file.is_in_memory() {
        // A provider may move it earlier: then nothing is left that could fail.
        return passed();
    }
    std::fs::remove_dir(&place).expect("delete the directory by path");
    assert_eq!(
        file.append(&[7; 200]),
        Err(ErrorCode::NoEntry),
        "an append that has to move it"
    );

    // A place goes by its path: what is found there is meant.
    std::fs::create_dir(&place).expect("make the directory again");
    assert_eq!(file.append(&[7; 200]), Ok(900), "the same append again");
    bytes.extend([7; 200]);
    assert!(!file.is_in_memory(), "1100 bytes are in memory");
    assert_holds(&file, &bytes);
    let path = file.get_path().expect("get its path");
    assert_eq!(names_in(&place), [name_of(&path)], "what is in the directory");
    assert!(
        std::fs::read(&path).expect("read it by path") == bytes,
        "by path it holds something else"
    );
    drop(file);
    assert!(!stands(&path), "the file is still there");
    drop(directory);
    assert_space_empty();
    passed();
}
