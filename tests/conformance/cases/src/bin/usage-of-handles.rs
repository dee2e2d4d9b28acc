//! In the usage a file with a name has its size, holes included, a directory is an entry, and what went nothing.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, TemporaryDirectory, TemporaryFile, any_name, assert_space_empty, file_options, new_directory,
    new_file, passed, usage,
};

pub(crate) fn main() {
    assert_eq!(usage(), (0, 0), "at first");
    let file = new_file();
    file.write(b"10 bytes..", 0).expect("write");
    file.get_path().expect("give it a name");
    assert_eq!(usage(), (10, 1), "a file");
    file.set_size(5000).expect("extend it");
    assert_eq!(usage(), (5000, 1), "a file with a hole");
    file.write(b"!", 1 << 20).expect("write behind another hole");
    assert_eq!(usage(), ((1 << 20) + 1, 1), "a file with two holes");
    file.set_size(3).expect("cut it off");
    assert_eq!(usage(), (3, 1), "a file that was cut off");
    let descriptor = file.open(DescriptorFlags::WRITE).expect("open it");
    descriptor.set_size(7).expect("extend it through a descriptor");
    drop(descriptor);
    assert_eq!(usage(), (7, 1), "a file that was extended through a descriptor");

    let dir = new_directory();
    assert_eq!(usage(), (7, 2), "and a directory");
    let inner = dir.create_directory(&any_name()).expect("create a directory in it");
    let child = inner.create_file(&file_options()).expect("create a file in that");
    child.append(b"20 bytes............").expect("append");
    child.get_path().expect("give it a name");
    assert_eq!(usage(), (27, 4), "and what is in that");

    TemporaryFile::close(file).expect("close the file");
    assert_eq!(usage(), (20, 3), "without the file");
    drop(child);
    assert_eq!(usage(), (0, 2), "without the file deeper down");
    TemporaryDirectory::close(dir).expect("close the directory");
    assert_eq!(usage(), (0, 0), "without the directory");
    drop(inner);
    assert_eq!(usage(), (0, 0), "after all went");
    assert_space_empty();
    passed();
}
