//! `close` of a directory deletes it though descriptors, streams and listings of what is in it are open.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, TemporaryDirectory, TemporaryFile, assert_space_empty, file_options, file_with,
    new_directory, passed, write_stream,
};

pub(crate) fn main() {
    let both = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let directory = new_directory();
    let file = directory.create_file(&file_options()).expect("create a file in it");
    file.write(b"content", 0).expect("write");
    let descriptor = file.open(both).expect("open the file");
    let input = file.read_via_stream(0).expect("a stream to read");
    let output = file.write_via_stream(0).expect("a stream to write");
    let opened = directory.open(DescriptorFlags::READ).expect("open the directory");
    let listing = opened.read_directory().expect("list it");
    assert_eq!(TemporaryDirectory::close(directory), Ok(()), "the answer of `close`");
    assert_space_empty();
    assert_eq!(file.get_size(), Err(ErrorCode::NoEntry), "a file of a closed directory");
    let _ = write_stream(&output, b"since");
    assert_space_empty();
    drop((listing, opened, output, input, descriptor, file));

    let file = file_with(b"content");
    let descriptor = file.open(both).expect("open it");
    let output = file.append_via_stream().expect("a stream to append");
    assert_eq!(TemporaryFile::close(file), Ok(()), "the answer of `close`");
    assert_space_empty();
    let _ = write_stream(&output, b"since");
    drop((output, descriptor));
    assert_space_empty();
    passed();
}
