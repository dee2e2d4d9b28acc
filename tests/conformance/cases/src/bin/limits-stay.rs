//! The limits are unknown or more than nothing, and the same each time.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_space_empty, file_with, new_directory, passed, space};

fn limits() -> [(&'static str, Option<u64>); 5] {
    let limits = space::get_limits();
    [
        ("bytes", limits.bytes),
        ("entries", limits.entries),
        ("file-bytes", limits.file_bytes),
        ("open-files", limits.open_files),
        ("depth", limits.depth),
    ]
}

pub(crate) fn main() {
    let first = limits();
    for (name, limit) in first {
        assert_ne!(limit, Some(0), "with `{name}` of 0 there is no temporary file");
    }
    assert_space_empty();
    let held = (file_with(b"some bytes"), new_directory());
    held.0.get_path().expect("give it a name");
    assert_eq!(limits(), first, "while something is there");
    drop(held);
    assert_eq!(limits(), first, "after it went");
    assert_space_empty();
    passed();
}
