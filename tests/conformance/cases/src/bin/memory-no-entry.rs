//! While a file is in memory it has no entry, in the space or in its directory.
//@ storages = ["default"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{TemporaryFile, file_options, in_space, name_of, names_in, new_directory, passed};

pub(crate) fn main() {
    let file = TemporaryFile::create(&file_options()).expect("create a file");
    check(&file, &[], None, "new");
    file.write(b"some bytes", 0).expect("write");
    check(&file, &[], None, "written");
    file.append(b", and more").expect("append");
    check(&file, &[], None, "appended to");
    file.set_size(2000).expect("extend it");
    check(&file, &[], None, "extended");
    file.read(5, 0).expect("read");
    check(&file, &[], None, "read");
    file.set_size(0).expect("empty it");
    check(&file, &[], None, "emptied");
    drop(file);

    let directory = new_directory();
    let path = directory.get_path().expect("get the path of the directory");
    let file = directory.create_file(&file_options()).expect("create a file in it");
    check(&file, &[name_of(&path)], Some(&path), "new in a directory");
    file.write(b"some bytes", 0).expect("write");
    check(&file, &[name_of(&path)], Some(&path), "written in a directory");
    passed();
}

/// A provider may have moved it to disk, and then there may be an entry.
fn check(file: &TemporaryFile, others: &[&str], directory: Option<&str>, when: &str) {
    if !file.is_in_memory() {
        return;
    }
    assert_eq!(in_space(), others, "in the space, {when}");
    if let Some(directory) = directory {
        assert!(names_in(directory).is_empty(), "in the directory, {when}");
    }
}
