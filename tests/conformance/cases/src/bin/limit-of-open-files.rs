//! Beyond the limit of open files it is `quota`, whatever is opened, and one more can be opened when another was closed.
//@ storages = ["disk"]
//@ limited = true
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, assert_space_empty, file_with, new_directory, passed, space,
};

/// More than this are not opened here.
const MOST: u64 = 10_000;

/// Opens as many as there may be, and closes them again.
fn fill<T>(what: &str, most: u64, open: impl Fn() -> Result<T, ErrorCode>) {
    let mut opened = Vec::new();
    // What the provider itself has open counts, too.
    let code = loop {
        match open() {
            Ok(one) => opened.push(one),
            Err(code) => break code,
        }
        let count = u64::try_from(opened.len()).expect("a number fits 64 bits");
        assert!(count <= most, "{count} {what} are open, and {most} is the limit");
    };
    assert_eq!(code, ErrorCode::Quota, "with {} {what} of {most} open", opened.len());
    assert!(opened.pop().is_some(), "no {what} can be opened");
    opened.push(open().expect("open one when another was closed"));
}

pub(crate) fn main() {
    let Some(most) = space::get_limits().open_files.filter(|most| *most <= MOST) else {
        return passed();
    };
    let file = file_with(b"some bytes");
    let dir = new_directory();
    fill("descriptors of a file", most, || file.open(DescriptorFlags::READ));
    fill("descriptors of a directory", most, || dir.open(DescriptorFlags::READ));
    fill("streams to read", most, || file.read_via_stream(0));
    fill("streams to write", most, || file.write_via_stream(0));
    fill("streams to append", most, || file.append_via_stream());
    drop((file, dir));
    assert_space_empty();
    passed();
}
