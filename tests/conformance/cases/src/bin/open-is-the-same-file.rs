//! A handle and its descriptors are of one file: what one writes, cuts or extends, the others see.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, assert_holds, file_with, passed, read_descriptor, write_descriptor, write_stream,
};

pub(crate) fn main() {
    let file = file_with(b"0123456789");
    let writer = file.open(DescriptorFlags::WRITE).expect("open it to write");
    let reader = file.open(DescriptorFlags::READ).expect("open it to read");
    let sees = |step: &str, expected: &[u8]| {
        assert_eq!(
            read_descriptor(&reader).as_deref(),
            Ok(expected),
            "what a descriptor reads {step}"
        );
        let size = u64::try_from(expected.len()).expect("a length fits 64 bits");
        assert_eq!(reader.stat().expect("stat it").size, size, "the size {step}");
        assert_holds(&file, expected);
    };
    sees("at first", b"0123456789");
    file.write(b"abc", 0).expect("write by the handle");
    sees("after a write by the handle", b"abc3456789");
    write_descriptor(&writer, b"xyz", 8).expect("write by a descriptor");
    sees("after a write by a descriptor", b"abc34567xyz");
    file.set_size(5).expect("cut it by the handle");
    sees("after a cut by the handle", b"abc34");
    writer.set_size(7).expect("extend it by a descriptor");
    sees("after an extension by a descriptor", b"abc34\0\0");
    assert_eq!(file.append(b"!"), Ok(7), "where an append landed");
    sees("after an append by the handle", b"abc34\0\0!");
    let stream = file.write_via_stream(5).expect("a stream to write");
    write_stream(&stream, b"56").expect("write to a stream");
    sees("after a write by a stream", b"abc3456!");
    passed();
}
