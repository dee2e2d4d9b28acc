//! `append` lands at the end that streams and descriptors have moved, and says where that was.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{DescriptorFlags, assert_holds, file_with, passed, write_descriptor, write_stream};

pub(crate) fn main() {
    let file = file_with(b"[0]");
    let stream = file.write_via_stream(3).expect("a stream to write");
    write_stream(&stream, b"[1]").expect("write to the stream");
    assert_eq!(file.append(b"[2]"), Ok(6), "after a write stream");

    let stream = file.append_via_stream().expect("a stream to append");
    write_stream(&stream, b"[3]").expect("append to the stream");
    assert_eq!(file.append(b"[4]"), Ok(12), "after an append stream");

    let descriptor = file
        .open(DescriptorFlags::READ | DescriptorFlags::WRITE)
        .expect("open it");
    write_descriptor(&descriptor, b"[5]", 15).expect("write to the descriptor");
    assert_eq!(file.append(b"[6]"), Ok(18), "after a descriptor");

    descriptor.set_size(3).expect("cut it by the descriptor");
    assert_eq!(file.append(b"[7]"), Ok(3), "after a cut by the descriptor");
    assert_holds(&file, b"[0][7]");
    passed();
}
