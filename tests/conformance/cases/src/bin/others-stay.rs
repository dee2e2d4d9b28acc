//! What lives stays in its place while handles come and go; so does what was made by path.
//@ left = ["by-path", "by-path.txt", "by-path/data.txt"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    TemporaryDirectory, TemporaryFile, content, file_with, new_directory, new_file, passed, put, space_path,
};

struct Pair {
    file: TemporaryFile,
    file_path: String,
    directory: TemporaryDirectory,
    directory_path: String,
    bytes: [u8; 4],
}

impl Pair {
    fn new(number: u32) -> Self {
        let bytes = number.to_be_bytes();
        let file = file_with(&bytes);
        let directory = new_directory();
        let directory_path = directory.get_path().expect("get its path");
        put(format!("{directory_path}/data.txt"), bytes);
        let file_path = file.get_path().expect("get its path");
        Self {
            file,
            file_path,
            directory,
            directory_path,
            bytes,
        }
    }

    #[track_caller]
    fn assert_in_place(&self) {
        assert_eq!(self.file.get_path().as_ref(), Ok(&self.file_path));
        assert_eq!(content(&self.file), self.bytes, "a file by its handle");
        assert_eq!(
            fs::read(&self.file_path).expect("read it by path"),
            self.bytes,
            "a file by path"
        );
        assert_eq!(self.directory.get_path().as_ref(), Ok(&self.directory_path));
        let inside = format!("{}/data.txt", self.directory_path);
        assert_eq!(
            fs::read(inside).expect("read what is in a directory"),
            self.bytes,
            "in a directory"
        );
    }
}

pub(crate) fn main() {
    let space = space_path();
    put(format!("{space}/by-path.txt"), "by path");
    fs::create_dir(format!("{space}/by-path")).expect("make a directory by path");
    put(format!("{space}/by-path/data.txt"), "by path");

    let mut pairs: Vec<Pair> = Vec::new();
    // Whom each round removes: the oldest, the newest, one between.
    for (number, leaves) in (0..).zip([
        None,
        None,
        None,
        None,
        Some(0),
        Some(3),
        Some(1),
        Some(2),
        Some(0),
        Some(1),
    ]) {
        pairs.push(Pair::new(number));
        pairs.iter().for_each(Pair::assert_in_place);
        drop(new_file().get_path().expect("get its path"));
        drop(new_directory());
        if let Some(place) = leaves {
            drop(pairs.remove(place));
        }
        pairs.iter().for_each(Pair::assert_in_place);
    }
    while !pairs.is_empty() {
        drop(pairs.remove(pairs.len() / 2));
        pairs.iter().for_each(Pair::assert_in_place);
    }
    passed();
}
