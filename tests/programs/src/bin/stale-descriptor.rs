//! Uses descriptors and streams of a file and of a directory whose handles were dropped: errors or not, but never a trap.
#![forbid(unsafe_code)]

use std::io;

use scratch_tempfile::bindings::scratch::tempfile::types::{TemporaryDirectory, TemporaryFile};
use scratch_test_programs::wasi::{
    streams::StreamError,
    types::{DescriptorFlags, OpenFlags, PathFlags},
};
use scratch_test_programs::{any_name, file_options, names_in_space};

fn main() -> io::Result<()> {
    let before = names_in_space()?;
    let flags = DescriptorFlags::READ | DescriptorFlags::WRITE;

    let file = TemporaryFile::create(&file_options()).expect("create a file");
    file.write(b"before the drop", 0).expect("write");
    let descriptor = file.open(flags).expect("open it");
    let input = file.read_via_stream(0).expect("a stream to read");
    let output = file.write_via_stream(0).expect("a stream to write");
    let append = file.append_via_stream().expect("a stream to append");
    assert_eq!(descriptor.read(100, 0).expect("read").0, b"before the drop");
    drop(file);

    println!("stat {:?}", descriptor.stat().map(drop));
    println!("read {:?}", descriptor.read(100, 0).map(drop));
    println!("write {:?}", descriptor.write(b"after", 0));
    println!("set-size {:?}", descriptor.set_size(3));
    println!("sync {:?}", descriptor.sync());
    println!("input {:?}", quiet(input.blocking_read(100)));
    println!("output {:?}", quiet(output.blocking_write_and_flush(b"after")));
    println!("append {:?}", quiet(append.blocking_write_and_flush(b"after")));
    drop((input, output, append, descriptor));

    let dir = TemporaryDirectory::create(&any_name()).expect("create a directory");
    let writable = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
    let descriptor = dir.open(writable).expect("open it");
    descriptor
        .create_directory_at("inner")
        .expect("create a directory by descriptor");
    let listing = descriptor.read_directory().expect("list it");
    drop(dir);

    println!("stat {:?}", descriptor.stat().map(drop));
    println!("list on {:?}", listing.read_directory_entry().map(drop));
    println!("list {:?}", descriptor.read_directory().map(drop));
    let created = descriptor.open_at(PathFlags::empty(), "new", OpenFlags::CREATE, flags);
    assert!(created.is_err(), "created a file in a directory that is gone");
    assert!(
        descriptor.create_directory_at("new").is_err(),
        "created a directory in one that is gone"
    );
    drop((listing, descriptor));

    assert_eq!(names_in_space()?, before, "something is left");
    println!("ok");
    Ok(())
}

/// Without the bytes and the error resource.
fn quiet<T>(result: Result<T, StreamError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(StreamError::Closed) => "closed",
        Err(StreamError::LastOperationFailed(_)) => "failed",
    }
}
