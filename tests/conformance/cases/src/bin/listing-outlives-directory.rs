//! A listing that is open while its directory goes neither keeps it nor traps.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{DescriptorFlags, assert_space_empty, new_directory, passed, put};

pub(crate) fn main() {
    let directory = new_directory();
    let path = directory.get_path().expect("get its path");
    for number in 0..300 {
        put(format!("{path}/{number}"), "");
    }
    let descriptor = directory.open(DescriptorFlags::READ).expect("open it");
    let listing = descriptor.read_directory().expect("list it");
    let first = listing.read_directory_entry().expect("read an entry");
    assert!(first.is_some(), "300 files are not listed");
    drop(directory);
    assert_space_empty();

    // It may have read ahead: what it still says is its affair, but it ends.
    let mut further = 0;
    while let Ok(Some(_)) = listing.read_directory_entry() {
        further += 1;
        assert!(further < 1_000, "the listing does not end");
    }
    drop((listing, descriptor));
    assert_space_empty();
    passed();
}
