//! Beyond the limit of open files it is `quota`, and one more can be opened when another was closed.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{DescriptorFlags, ErrorCode, assert_space_empty, file_with, passed, space};

/// More than this are not opened here.
const MOST: u64 = 10_000;

pub(crate) fn main() {
    let Some(most) = space::get_limits().open_files.filter(|most| *most <= MOST) else {
        return passed();
    };
    let file = file_with(b"some bytes");
    let mut open = Vec::new();
    // What the provider itself has open counts, too.
    let code = loop {
        match file.open(DescriptorFlags::READ) {
            Ok(descriptor) => open.push(descriptor),
            Err(code) => break code,
        }
        let count = u64::try_from(open.len()).expect("a number fits 64 bits");
        assert!(count <= most, "{count} files are open, and {most} is the limit");
    };
    assert_eq!(code, ErrorCode::Quota, "with {} of {most} open", open.len());
    assert!(open.pop().is_some(), "nothing can be opened");
    open.push(
        file.open(DescriptorFlags::READ)
            .expect("open one when another was closed"),
    );
    drop(file);
    drop(open);
    assert_space_empty();
    passed();
}
