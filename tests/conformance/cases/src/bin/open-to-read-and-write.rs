//! A descriptor of a file that was opened to read and write does both.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, assert_holds, file_with, passed, read_descriptor, read_stream, write_descriptor, write_stream,
};

pub(crate) fn main() {
    let file = file_with(b"0123456789");
    let both = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let descriptor = file.open(both).expect("open it");
    assert_eq!(read_descriptor(&descriptor).as_deref(), Ok(b"0123456789".as_slice()));
    write_descriptor(&descriptor, b"abc", 3).expect("write");
    assert_eq!(read_descriptor(&descriptor).as_deref(), Ok(b"012abc6789".as_slice()));
    descriptor.set_size(12).expect("extend it");
    assert_eq!(
        read_descriptor(&descriptor).as_deref(),
        Ok(b"012abc6789\0\0".as_slice())
    );
    let output = descriptor.write_via_stream(0).expect("a stream to write");
    write_stream(&output, b"xy").expect("write to the stream");
    let input = descriptor.read_via_stream(1).expect("a stream to read");
    assert_eq!(read_stream(&input).as_deref(), Ok(b"y2abc6789\0\0".as_slice()));
    let flags = descriptor.get_flags().expect("get its flags");
    assert!(flags.contains(both), "its flags: {flags:?}");
    drop((input, output, descriptor));
    assert_holds(&file, b"xy2abc6789\0\0");
    passed();
}
