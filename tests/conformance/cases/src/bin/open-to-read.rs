//! A descriptor of a file that was opened to read reads it.
#![forbid(unsafe_code)]

use scratch_conformance_cases::wasi::types::DescriptorType;
use scratch_conformance_cases::{DescriptorFlags, file_with, passed, read_descriptor, read_stream, varied};

pub(crate) fn main() {
    let bytes = varied(100_000, 20);
    let file = file_with(&bytes);
    let descriptor = file.open(DescriptorFlags::READ).expect("open it");
    let found = read_descriptor(&descriptor).expect("read it");
    assert!(found == bytes, "it reads something else: {} bytes", found.len());
    let stream = descriptor.read_via_stream(99_990).expect("a stream to read");
    let found = read_stream(&stream).expect("read the stream");
    assert_eq!(found, bytes[99_990..], "its stream gives something else");

    let stat = descriptor.stat().expect("stat it");
    assert_eq!(stat.size, 100_000, "its size");
    assert_eq!(stat.type_, DescriptorType::RegularFile, "what it is");
    assert_eq!(descriptor.get_type(), Ok(DescriptorType::RegularFile), "its type");
    let flags = descriptor.get_flags().expect("get its flags");
    assert!(flags.contains(DescriptorFlags::READ), "its flags: {flags:?}");
    assert!(!flags.contains(DescriptorFlags::WRITE), "its flags: {flags:?}");
    passed();
}
