//! Nested too deep is `name-too-long` or `quota`, and the directories that are there stay usable.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    ErrorCode, any_name, assert_space_empty, content, file_options, named, new_directory, passed,
};

pub(crate) fn main() {
    // 20 of these are longer than the longest path of most systems.
    let long = named(&"x".repeat(200), "");
    let outermost = new_directory();
    let place = outermost.get_path().expect("get its path");
    let mut directories = vec![outermost];
    for _ in 0..40 {
        let parent = directories.last().expect("there is one");
        match parent.create_directory(&long) {
            Ok(inner) => directories.push(inner),
            Err(code) => {
                assert!(
                    matches!(code, ErrorCode::NameTooLong | ErrorCode::Quota),
                    "{} levels down: {code:?}",
                    directories.len()
                );
                break;
            }
        }
    }
    assert!(directories.len() > 5, "only {} levels", directories.len());

    let file = directories[4]
        .create_file(&file_options())
        .expect("create a file further up");
    file.write(b"further up", 0).expect("write");
    assert_eq!(content(&file), b"further up");
    let by_path = fs::read(file.get_path().expect("get its path"));
    assert_eq!(by_path.expect("read it by path"), b"further up");
    let innermost = directories.pop().expect("there is one");
    drop(innermost);
    let last = directories.last().expect("there is one");
    last.create_directory(&any_name())
        .expect("create another one where one was");

    directories.truncate(3);
    drop(directories);
    assert!(
        !fs::exists(&place).expect("look for it"),
        "the outermost directory is still there"
    );
    assert_space_empty();
    passed();
}
