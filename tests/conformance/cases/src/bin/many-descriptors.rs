//! 200 descriptors of one file, and one of each of 200 files, are open at once.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, TemporaryFile, assert_space_empty, file_with, passed, read_descriptor, write_descriptor,
};

pub(crate) fn main() {
    let both = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let one = file_with(&[0; 200]);
    let of_one: Vec<_> = (0..200).map(|_| one.open(both).expect("open the one file")).collect();
    let files: Vec<TemporaryFile> = (0..200_u8).map(|number| file_with(&[number])).collect();
    let of_many: Vec<_> = files
        .iter()
        .map(|file| file.open(both).expect("open one of many files"))
        .collect();

    for (number, (of_one, of_many)) in (0..200_u8).zip(of_one.iter().zip(&of_many)) {
        write_descriptor(of_one, &[number], u64::from(number)).expect("write to the one file");
        write_descriptor(of_many, b"!", 1).expect("write to one of many");
    }
    let all: Vec<u8> = (0..200).collect();
    for descriptor in &of_one {
        assert_eq!(
            read_descriptor(descriptor).as_deref(),
            Ok(all.as_slice()),
            "the one file"
        );
    }
    for ((number, file), descriptor) in (0..).zip(&files).zip(&of_many) {
        assert_eq!(file.read(10, 0), Ok(vec![number, b'!']), "file {number}");
        assert_eq!(
            read_descriptor(descriptor),
            Ok(vec![number, b'!']),
            "descriptor {number}"
        );
    }
    drop((files, of_many, of_one, one));
    assert_space_empty();
    passed();
}
