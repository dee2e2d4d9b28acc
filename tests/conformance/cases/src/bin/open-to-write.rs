//! A descriptor of a file that was opened to write writes it and changes its size.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{DescriptorFlags, assert_holds, file_with, passed, write_descriptor, write_stream};

pub(crate) fn main() {
    let file = file_with(b"0123456789");
    let descriptor = file.open(DescriptorFlags::WRITE).expect("open it");
    write_descriptor(&descriptor, b"abc", 8).expect("write by position");
    assert_holds(&file, b"01234567abc");
    descriptor.set_size(4).expect("cut it");
    assert_holds(&file, b"0123");
    let stream = descriptor.write_via_stream(2).expect("a stream to write");
    write_stream(&stream, b"xyz").expect("write to the stream");
    let stream = descriptor.append_via_stream().expect("a stream to append");
    write_stream(&stream, b"!").expect("append to the stream");
    assert_holds(&file, b"01xyz!");
    descriptor.sync_data().expect("synchronize the data");
    descriptor.sync().expect("synchronize all");
    assert_holds(&file, b"01xyz!");
    let flags = descriptor.get_flags().expect("get its flags");
    assert!(flags.contains(DescriptorFlags::WRITE), "its flags: {flags:?}");
    assert!(!flags.contains(DescriptorFlags::READ), "its flags: {flags:?}");
    passed();
}
