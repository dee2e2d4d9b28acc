//! Descriptors of one file are independent: the drop of one leaves the others and the handle as they are.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, assert_holds, assert_space_empty, file_with, passed, read_descriptor, read_stream,
    write_descriptor,
};

pub(crate) fn main() {
    let both = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let file = file_with(b"one file");
    let first = file.open(both).expect("open it");
    let second = file.open(both).expect("open it again");
    let stream = first.read_via_stream(4).expect("a stream of the first");
    drop(first);
    assert_eq!(read_descriptor(&second).as_deref(), Ok(b"one file".as_slice()));
    assert_eq!(
        read_stream(&stream).as_deref(),
        Ok(b"file".as_slice()),
        "the stream of a dropped one"
    );
    write_descriptor(&second, b"the", 0).expect("write by the second");
    drop(second);
    assert_holds(&file, b"the file");
    file.write(b"!", 8).expect("write by the handle");
    let third = file.open(both).expect("open it once more");
    assert_eq!(read_descriptor(&third).as_deref(), Ok(b"the file!".as_slice()));
    drop((third, stream));
    drop(file);
    assert_space_empty();
    passed();
}
