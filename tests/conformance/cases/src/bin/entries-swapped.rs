//! Of two handles whose entries the program swapped, each owns what stands in its own place now.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    assert_space_empty, file_with, in_space, name_of, new_directory, passed, put, space_path, stands,
};

fn swap(one: &str, other: &str) {
    let aside = format!("{}/aside", space_path());
    fs::rename(one, &aside).expect("move one aside");
    fs::rename(other, one).expect("move the other to its place");
    fs::rename(&aside, other).expect("move the first to the place of the other");
}

pub(crate) fn main() {
    let [one, other] = [b"one", b"two"].map(|bytes| {
        let file = file_with(bytes);
        let path = file.get_path().expect("get its path");
        (file, path)
    });
    swap(&one.1, &other.1);
    drop(one.0);
    assert_eq!(in_space(), [name_of(&other.1)], "after one of two files went");
    assert_eq!(
        fs::read(&other.1).expect("read what is left"),
        b"one",
        "what moved away went with its handle"
    );
    drop(other.0);
    assert_space_empty();

    let [one, other] = ["one", "two"].map(|name| {
        let dir = new_directory();
        let path = dir.get_path().expect("get its path");
        put(format!("{path}/{name}"), name);
        (dir, path)
    });
    swap(&one.1, &other.1);
    drop(other.0);
    assert_eq!(in_space(), [name_of(&one.1)], "after one of two directories went");
    assert!(
        stands(&format!("{}/two", one.1)),
        "what moved away went with its handle"
    );
    drop(one.0);
    assert_space_empty();

    let (file, dir) = (file_with(b"a file"), new_directory());
    let paths = [&file.get_path(), &dir.get_path()].map(|path| path.clone().expect("get its path"));
    swap(&paths[0], &paths[1]);
    drop(file);
    assert_eq!(
        in_space(),
        [name_of(&paths[1])],
        "after the file went in whose place the directory stood"
    );
    assert_eq!(fs::read(&paths[1]).expect("read the file that moved away"), b"a file");
    drop(dir);
    assert_space_empty();
    passed();
}
