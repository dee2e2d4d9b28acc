//! After a refusal a handle works as before, and what was created in a directory is still attached.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    DescriptorFlags, TemporaryDirectory, TemporaryFile, any_name, assert_holds, assert_space_empty, file_options,
    file_with, new_directory, passed, preopen, put, read_descriptor, stands, write_stream,
};

pub(crate) fn main() {
    let out = preopen("/out");
    put("/out/taken", "taken");

    let file = file_with(b"before");
    let (file, _) = TemporaryFile::persist(file, &out, "taken", false).expect_err("replaced a file");
    file.write(b"behind", 0).expect("write");
    assert_eq!(file.append(b" it"), Ok(6), "append");
    file.set_size(8).expect("cut it off");
    assert_holds(&file, b"behind i");
    let stream = file.append_via_stream().expect("get a stream");
    write_stream(&stream, b"n").expect("write to the stream");
    drop(stream);
    let descriptor = file.open(DescriptorFlags::READ).expect("open it");
    assert_eq!(read_descriptor(&descriptor).expect("read the descriptor"), b"behind in");
    drop(descriptor);
    let path = file.get_path().expect("get its path");
    let (file, _) = TemporaryFile::persist(file, &out, "taken", false).expect_err("replaced a file");
    assert_eq!(file.get_path(), Ok(path.clone()), "it has another path now");
    assert_eq!(fs::read(&path).expect("read it by path"), b"behind in");
    TemporaryFile::close(file).expect("close it");
    assert!(!stands(&path), "it stayed after all");

    let dir = new_directory();
    let child = dir.create_file(&file_options()).expect("create a file in it");
    let was_in_memory = child.is_in_memory();
    child.write(b"a child", 0).expect("write");
    let inner = dir.create_directory(&any_name()).expect("create a directory in it");
    let path = dir.get_path().expect("get its path");
    let (dir, _) = TemporaryDirectory::persist(dir, &out, "taken").expect_err("replaced a file");
    assert_eq!(child.is_in_memory(), was_in_memory, "a child moved");
    assert_holds(&child, b"a child");
    inner
        .create_file(&file_options())
        .expect("create a file in the inner directory");
    assert_eq!(dir.get_path(), Ok(path.clone()), "it has another path now");
    dir.open(DescriptorFlags::READ).expect("open it");
    dir.create_directory(&any_name())
        .expect("create another directory in it");
    TemporaryDirectory::close(dir).expect("close it");
    assert!(!stands(&path), "it stayed after all");
    drop((child, inner));

    assert_eq!(fs::read("/out/taken").expect("read what was there"), b"taken");
    fs::remove_file("/out/taken").expect("delete it again");
    assert_space_empty();
    passed();
}
