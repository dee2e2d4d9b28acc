//! Names vary in as many characters as 64 random bits need.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use std::collections::BTreeSet;

use scratch_conformance_cases::{FileOptions, TemporaryFile};
use scratch_conformance_cases::{assert_space_empty, file_options, name_of, named, passed};

/// Enough to meet every character in every place where it is to be expected.
const COUNT: usize = 2_000;

pub(crate) fn main() {
    let options = FileOptions {
        name: named("", ""),
        ..file_options()
    };
    let mut seen: Vec<BTreeSet<char>> = Vec::new();
    for _ in 0..COUNT {
        let file = TemporaryFile::create(&options).expect("create a file");
        let path = file.get_path().expect("get its path");
        for (place, char) in name_of(&path).chars().enumerate() {
            if place == seen.len() {
                seen.push(BTreeSet::new());
            }
            seen[place].insert(char);
        }
    }
    // No more names than this can be made of what was met.
    let names = seen.iter().fold(1_u128, |names, chars| {
        names.saturating_mul(u128::try_from(chars.len()).expect("a count fits 128 bits"))
    });
    assert!(names >= 1 << 64, "there are only {names} names: {seen:?}");
    assert_space_empty();
    passed();
}
