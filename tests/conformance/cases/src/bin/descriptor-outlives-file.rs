//! A descriptor whose handle was dropped is one of an unlinked file or fails; nothing comes back into the space.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, assert_space_empty, file_with, passed, read_descriptor, read_stream, stands, write_descriptor,
    write_stream,
};

pub(crate) fn main() {
    let file = file_with(b"before the drop");
    let descriptor = file
        .open(DescriptorFlags::READ | DescriptorFlags::WRITE)
        .expect("open it");
    let path = file.get_path().expect("get its path");
    drop(file);
    assert!(!stands(&path), "a descriptor kept the entry of a dropped file");
    assert_space_empty();

    // From here on an error is fine, other bytes and a trap are not.
    if let Ok(found) = read_descriptor(&descriptor) {
        assert_eq!(found, b"before the drop", "it reads something else");
    }
    if let Ok(stat) = descriptor.stat() {
        assert_eq!(stat.size, 15, "its size");
    }
    if write_descriptor(&descriptor, b"since", 0).is_ok()
        && let Ok(found) = read_descriptor(&descriptor)
    {
        assert_eq!(found, b"sincee the drop", "it reads something else than was written");
    }
    if let Ok(stream) = descriptor.append_via_stream() {
        let _ = write_stream(&stream, b", on and on");
    }
    if descriptor.set_size(5).is_ok()
        && let Ok(found) = read_descriptor(&descriptor)
    {
        assert_eq!(found.len(), 5, "it reads more than it was cut to");
    }
    if let Ok(stream) = descriptor.read_via_stream(0) {
        let _ = read_stream(&stream);
    }
    let _ = descriptor.sync();
    assert!(!stands(&path), "the entry came back");
    assert_space_empty();
    drop(descriptor);
    assert_space_empty();
    passed();
}
