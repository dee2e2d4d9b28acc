//! A directory that the program made in the place of another is the one that its handle uses and owns.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    DescriptorFlags, any_name, assert_holds, assert_space_empty, file_options, name_of, names_in, new_directory,
    passed, put, stands,
};

pub(crate) fn main() {
    let dir = new_directory();
    let path = dir.get_path().expect("get its path");
    fs::remove_dir(&path).expect("delete it by path");
    fs::create_dir(&path).expect("make another directory there");
    put(format!("{path}/by-path"), "by path");

    assert_eq!(dir.get_path(), Ok(path.clone()), "it has another path now");
    let file = dir.create_file(&file_options()).expect("create a file in it");
    file.write(b"by handle", 0).expect("write to it");
    let file_path = file.get_path().expect("get the path of that");
    let inner = dir.create_directory(&any_name()).expect("create a directory in it");
    let inner_path = inner.get_path().expect("get the path of that");
    let mut names = ["by-path", name_of(&file_path), name_of(&inner_path)];
    names.sort_unstable();
    assert_eq!(names_in(&path), names, "something else is in it");
    assert_eq!(fs::read(&file_path).expect("read the file by path"), b"by handle");

    let listing = dir
        .open(DescriptorFlags::READ)
        .and_then(|opened| opened.read_directory());
    let listing = listing.expect("open and list it");
    let mut listed = Vec::new();
    while let Some(entry) = listing.read_directory_entry().expect("read an entry") {
        listed.push(entry.name);
    }
    // Some runtimes list the directory itself and the one that it is in, too.
    listed.retain(|name| name != "." && name != "..");
    listed.sort();
    assert_eq!(listed, names, "`open` answered with another directory");
    drop(listing);

    assert_holds(&file, b"by handle");
    drop(dir);
    assert!(!stands(&path), "what was made in its place is still there");
    assert!(!file.is_in_memory(), "what is in it is not detached");
    drop((file, inner));
    assert_space_empty();
    passed();
}
