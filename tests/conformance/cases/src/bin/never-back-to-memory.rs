//! A file that has been on disk is never in memory again, however small it becomes.
//@ storages = ["default"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{DescriptorFlags, TemporaryFile, assert_holds, file_options, holding, passed};

pub(crate) fn main() {
    let from_the_start = TemporaryFile::create(&holding(0)).expect("create a file");
    check(&from_the_start, "from the start");

    let extended = TemporaryFile::create(&holding(10)).expect("create a file");
    extended.set_size(11).expect("extend it");
    check(&extended, "since it was extended");

    let written = TemporaryFile::create(&holding(10)).expect("create a file");
    written.write(b"behind a hole", 5).expect("write");
    check(&written, "since it was written");

    let opened = TemporaryFile::create(&file_options()).expect("create a file");
    drop(opened.open(DescriptorFlags::READ).expect("open it"));
    check(&opened, "since it was opened");

    let named = TemporaryFile::create(&file_options()).expect("create a file");
    named.get_path().expect("get its path");
    check(&named, "since it has a name");
    passed();
}

fn check(file: &TemporaryFile, since: &str) {
    assert!(!file.is_in_memory(), "on disk {since}, but it says otherwise");
    file.set_size(0).expect("empty it");
    assert!(
        !file.is_in_memory(),
        "on disk {since}, and in memory when it was emptied"
    );
    file.write(b"x", 0).expect("write");
    assert!(
        !file.is_in_memory(),
        "on disk {since}, and in memory when it was written again"
    );
    assert_holds(file, b"x");
    file.set_size(1).expect("leave the size as it is");
    file.append(b"y").expect("append");
    assert!(
        !file.is_in_memory(),
        "on disk {since}, and in memory when it was appended to"
    );
    assert_holds(file, b"xy");
    drop(file.read_via_stream(0).expect("open a stream"));
    assert!(
        !file.is_in_memory(),
        "on disk {since}, and in memory when a stream has read it"
    );
}
