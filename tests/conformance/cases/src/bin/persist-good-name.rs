//! Every other name is one to persist to: of 255 bytes, hidden, with a hyphen first, or with spaces in it.
//@ out = ["-file", "-tree", ".file", ".tree", "a b.file", "a b.tree", "xx*.file", "xx*.tree", "é*.file", "é*.tree"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    TemporaryDirectory, TemporaryFile, assert_space_empty, file_with, new_directory, passed, preopen, stands,
};

pub(crate) fn main() {
    let out = preopen("/out");
    let longest = "x".repeat(250);
    let longest_of_two_bytes = "é".repeat(125);
    for stem in [longest.as_str(), longest_of_two_bytes.as_str(), "", "-", "a b"] {
        let suffix = if stem == "-" { "" } else { "." };
        let name = format!("{stem}{suffix}file");
        assert!(name.len() <= 255, "the case is wrong");
        TemporaryFile::persist(file_with(b"a file"), &out, &name, false)
            .unwrap_or_else(|(_, code)| panic!("persist a file as {name:?}: {code}"));
        assert!(stands(&format!("/out/{name}")), "nothing stands under {name:?}");

        let name = format!("{stem}{suffix}tree");
        TemporaryDirectory::persist(new_directory(), &out, &name)
            .unwrap_or_else(|(_, code)| panic!("persist a directory as {name:?}: {code}"));
        assert!(stands(&format!("/out/{name}")), "nothing stands under {name:?}");
    }
    assert_space_empty();
    passed();
}
