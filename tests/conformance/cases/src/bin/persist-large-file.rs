//! A large file is persisted whole, and so is a sparse one.
//@ out = ["large", "sparse"]
#![forbid(unsafe_code)]

use std::fs::File;
use std::io::{self, Read};

use scratch_conformance_cases::{
    TemporaryFile, assert_space_empty, file_with, names_in, new_file, passed, preopen, varied,
};

const MIB: usize = 1 << 20;

/// Reads a file piece by piece and compares it.
fn assert_is(path: &str, pieces: impl Iterator<Item = Vec<u8>>) {
    let mut file = File::open(path).expect("open what was persisted");
    for (number, expected) in pieces.enumerate() {
        let mut found = vec![0; expected.len()];
        file.read_exact(&mut found).expect("read what was persisted");
        assert!(found == expected, "piece {number} of {path} is another one");
    }
    let more = io::copy(&mut file, &mut io::sink()).expect("read to the end");
    assert_eq!(more, 0, "there is more in {path} than was written");
}

pub(crate) fn main() {
    let out = preopen("/out");
    let piece = |seed| varied(MIB, seed);
    let file = new_file();
    for seed in 0..6 {
        file.append(&piece(seed)).expect("write a piece");
    }
    TemporaryFile::persist(file, &out, "large", false).expect("persist it");
    assert_is("/out/large", (0..6).map(piece));

    let file = file_with(b"first");
    file.set_size(6 << 20).expect("make a hole");
    file.write(b"middle", 3 << 20).expect("write into the hole");
    TemporaryFile::persist(file, &out, "sparse", false).expect("persist a sparse one");
    let pieces = (0..6).map(|number| {
        let mut piece = vec![0; MIB];
        match number {
            0 => piece[..5].copy_from_slice(b"first"),
            3 => piece[..6].copy_from_slice(b"middle"),
            _ => {}
        }
        piece
    });
    assert_is("/out/sparse", pieces);
    assert_eq!(names_in("/out"), ["large", "sparse"], "something else is there");
    assert_space_empty();
    passed();
}
