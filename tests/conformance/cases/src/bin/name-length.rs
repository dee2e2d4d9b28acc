//! A name may have 255 bytes in UTF-8, wherever they are, and not one more.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    ErrorCode, TemporaryDirectory, assert_space_empty, create_each, name_of, named, new_directory, passed,
};

/// Names with these affixes are fine; with one more byte at their end they are not.
fn fits_exactly(parent: &TemporaryDirectory, prefix: &str, suffix: &str) {
    for (what, path) in create_each(parent, &named(prefix, suffix)) {
        let path = path.unwrap_or_else(|code| panic!("{what} with a name of 255 bytes: {code:?}"));
        assert_eq!(name_of(&path).len(), 255, "{what} {path}");
    }
    for (what, made) in create_each(parent, &named(prefix, &format!("{suffix}x"))) {
        assert_eq!(made, Err(ErrorCode::Invalid), "{what} with a name of 256 bytes");
    }
}

pub(crate) fn main() {
    let parent = new_directory();
    let bare = TemporaryDirectory::create(&named("", "")).expect("create a directory");
    let random = name_of(&bare.get_path().expect("get its path")).len();
    drop(bare);
    let room = 255 - random;

    fits_exactly(&parent, &"x".repeat(room), "");
    fits_exactly(&parent, "", &"x".repeat(room));
    fits_exactly(&parent, &"x".repeat(room / 2), &"x".repeat(room - room / 2));
    // Characters of 2 and of 4 bytes, filled up with those of one.
    let wide = "\u{e9}".repeat(room / 2);
    fits_exactly(&parent, &wide, &"x".repeat(room - wide.len()));
    let wide = "\u{1f600}".repeat(room / 4);
    fits_exactly(&parent, &"x".repeat(room - wide.len()), &wide);

    for long in [256, 4_096, 1 << 20] {
        let long = "x".repeat(long);
        for pattern in [named(&long, ""), named("", &long), named(&long, &long)] {
            for (what, made) in create_each(&parent, &pattern) {
                assert_eq!(
                    made,
                    Err(ErrorCode::Invalid),
                    "{what} with {} bytes and more",
                    long.len()
                );
            }
        }
    }
    drop(parent);
    assert_space_empty();
    passed();
}
