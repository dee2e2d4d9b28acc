//! A directory that was emptied by path can be created in, and the handles of what was in it go quietly.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    TemporaryDirectory, TemporaryFile, any_name, assert_space_empty, content, holding, names_in, new_directory, passed,
    stands,
};

pub(crate) fn main() {
    let dir = new_directory();
    let path = dir.get_path().expect("get its path");
    let [dropped, closed] = [(), ()].map(|()| dir.create_file(&holding(0)).expect("create a file in it"));
    let [dropped_dir, closed_dir] =
        [(), ()].map(|()| dir.create_directory(&any_name()).expect("create a directory in it"));
    let deeper = closed_dir.create_file(&holding(0)).expect("create a file in that");
    deeper.get_path().expect("give it a name");
    for file in [&dropped, &closed] {
        fs::remove_file(file.get_path().expect("get its path")).expect("delete a file by path");
    }
    for inner in [&dropped_dir, &closed_dir] {
        fs::remove_dir_all(inner.get_path().expect("get its path")).expect("delete a directory by path");
    }
    assert!(names_in(&path).is_empty(), "the case is wrong: it is not empty");

    let file = dir.create_file(&holding(0)).expect("create another file in it");
    file.write(b"in there", 0).expect("write to it");
    let file_path = file.get_path().expect("get the path of that");
    drop(dropped);
    TemporaryFile::close(closed).expect("close a file that was deleted");
    drop(dropped_dir);
    TemporaryDirectory::close(closed_dir).expect("close a directory that was deleted");
    drop(deeper);
    assert!(stands(&file_path), "another file went with what was deleted");
    assert_eq!(content(&file), b"in there");
    TemporaryDirectory::close(dir).expect("close the directory");
    assert_space_empty();
    passed();
}
