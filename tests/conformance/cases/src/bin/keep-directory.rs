//! A kept directory stays with all that is in it under the path that `keep` answers, until the space ends.
//@ left = ["kept-*", "kept-*/inner", "kept-*/inner/data.txt", "kept-*/later.txt", "kept-*/link"]
#![forbid(unsafe_code)]

use std::fs;
use std::path::Path;

use scratch_conformance_cases::{TemporaryDirectory, link, named, passed, put};

pub(crate) fn main() {
    let dir = TemporaryDirectory::create(&named("kept-", "")).expect("create a directory");
    let path = dir.get_path().expect("get its path");
    fs::create_dir(format!("{path}/inner")).expect("make a directory in it");
    put(format!("{path}/inner/data.txt"), "by path");
    link("nowhere", &format!("{path}/link")).expect("make a link in it");

    let kept = TemporaryDirectory::keep(dir).expect("keep it");
    assert_eq!(kept, path, "the kept directory is elsewhere");
    let inner = fs::read(format!("{kept}/inner/data.txt")).expect("read what is in it");
    assert_eq!(inner, b"by path");
    let target = fs::read_link(format!("{kept}/link")).expect("read the link in it");
    assert_eq!(target, Path::new("nowhere"), "the link leads elsewhere");
    put(format!("{kept}/later.txt"), "later");
    passed();
}
