//! `keep` moves a file to disk with all of its bytes, and holes are zeros there.
//@ left = ["empty-*", "full-*", "holes-*"]
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{FileOptions, TemporaryFile, named, passed, roomy, varied};

fn kept(prefix: &str, fill: impl Fn(&TemporaryFile)) -> Vec<u8> {
    let options = FileOptions {
        name: named(prefix, ""),
        ..roomy(1 << 16)
    };
    let file = TemporaryFile::create(&options).expect("create a file");
    fill(&file);
    let path = TemporaryFile::keep(file).expect("keep it");
    fs::read(path).expect("read it by path")
}

pub(crate) fn main() {
    assert_eq!(kept("empty-", |_| ()), b"", "an empty file");

    let bytes = varied(40_000, 1);
    let full = kept("full-", |file| file.write(&bytes, 0).expect("write"));
    assert!(full == bytes, "the {} bytes of a kept file are others", full.len());

    let holes = kept("holes-", |file| {
        file.write(b"first", 0).expect("write");
        file.write(b"last", 5000).expect("write beyond the end");
        file.set_size(6000).expect("extend it");
    });
    let mut expected = vec![0; 6000];
    expected[..5].copy_from_slice(b"first");
    expected[5000..5004].copy_from_slice(b"last");
    assert!(
        holes == expected,
        "the {} bytes of a file with holes are others",
        holes.len()
    );
    passed();
}
