//! Uses temporary files where the file system is the host's own and knows nothing of them: `/out` is all that is granted, and no
//! path leads into the space, which has a limit on bytes.
//!
//! What needs no descriptor of a temporary file works: `read`, `write`, `append`, streams, `persist`. The rest answers
//! `unsupported`.
#![forbid(unsafe_code)]

use std::fs;
use std::io;

use scratch_tempfile::bindings::scratch::tempfile::space;
use scratch_tempfile::bindings::scratch::tempfile::types::{
    DescriptorFlags, ErrorCode, FileOptions, TemporaryDirectory, TemporaryFile,
};
use scratch_test_programs::any_name;
use scratch_test_programs::wasi::preopens;
use scratch_test_programs::wasi::streams::{OutputStream, StreamError};
use scratch_test_programs::wasi::types::{Descriptor, filesystem_error_code};

fn main() -> io::Result<()> {
    assert_eq!(space::get_path(), None, "the space is shown");
    let granted = preopens::get_directories();
    let paths: Vec<&str> = granted.iter().map(|(_, path)| path.as_str()).collect();
    assert_eq!(paths, ["/out"], "something else is granted");
    let limit = space::get_limits().bytes.expect("a limit on bytes");

    // The limit is none of the host's own directory, neither by a file's offsets nor by its stream.
    let large = vec![b'x'; usize::try_from(limit * 2).expect("it fits")];
    fs::write("/out/own.txt", &large)?;
    assert_eq!(fs::read("/out/own.txt")?, large, "read back something else");
    assert_eq!(space::get_usage().bytes, 0, "the host's own directory is charged");

    for max_memory in [None, Some(0)] {
        file(max_memory, limit, &granted[0].0)?;
    }
    directory(&granted[0].0)?;
    let usage = space::get_usage();
    assert_eq!((usage.bytes, usage.entries), (0, 0), "something is left in the space");
    println!("ok");
    Ok(())
}

fn file(max_memory: Option<u64>, limit: u64, out: &Descriptor) -> io::Result<()> {
    let options = FileOptions {
        name: any_name(),
        max_memory,
    };
    let file = TemporaryFile::create(&options).expect("create");
    file.write(b"Hello, world!", 0).expect("write");
    assert_eq!(file.append(b" Hello!"), Ok(13), "append");
    assert_eq!(file.read(100, 7).as_deref(), Ok("world! Hello!".as_bytes()), "read");

    let stream = file.write_via_stream(0).expect("a stream to be written");
    stream.blocking_write_and_flush(b"HELLO").expect("write to it");
    drop(stream);
    let stream = file.append_via_stream().expect("a stream to append with");
    stream.blocking_write_and_flush(b" Bye.").expect("append to it");
    fill(&stream, limit);
    drop(stream);
    file.set_size(25).expect("cut it");
    let stream = file.read_via_stream(0).expect("a stream to be read");
    let bytes = stream.blocking_read(100).expect("read from it");
    assert_eq!(bytes, b"HELLO, world! Hello! Bye.", "through a stream");
    drop(stream);

    let refused = file.write(&[0; 8], limit - 7);
    assert_eq!(refused, Err(ErrorCode::InsufficientSpace), "beyond the limit");
    assert_eq!(file.get_path(), Err(ErrorCode::Unsupported), "get-path");
    for flags in [DescriptorFlags::READ, DescriptorFlags::READ | DescriptorFlags::WRITE] {
        let opened = file.open(flags).map(drop);
        assert_eq!(opened, Err(ErrorCode::Unsupported), "open");
    }
    let Err((file, code)) = TemporaryFile::keep(file) else {
        panic!("kept a file where nothing can be found");
    };
    assert_eq!(code, ErrorCode::Unsupported, "keep");

    TemporaryFile::persist(file, out, "file.txt", true).expect("persist");
    assert_eq!(fs::read("/out/file.txt")?, b"HELLO, world! Hello! Bye.", "persisted");
    Ok(())
}

/// Writes until there is no room left. Of that the host's own `filesystem-error-code` knows nothing.
fn fill(stream: &OutputStream, limit: u64) {
    for _ in 0..=limit / 4096 {
        match stream.blocking_write_and_flush(&[b'x'; 4096]) {
            Ok(()) => {}
            Err(StreamError::LastOperationFailed(error)) => {
                assert!(
                    filesystem_error_code(&error).is_none(),
                    "the host's own knows of limits"
                );
                return;
            }
            Err(StreamError::Closed) => panic!("the stream is closed at the limit"),
        }
    }
    panic!("a stream went beyond the limit");
}

fn directory(out: &Descriptor) -> io::Result<()> {
    let dir = TemporaryDirectory::create(&any_name()).expect("create a directory");
    let options = FileOptions {
        name: any_name(),
        max_memory: Some(0),
    };
    let child = dir.create_file(&options).expect("create a file in it");
    child.write(b"in a directory", 0).expect("write to it");
    let inner = dir.create_directory(&any_name()).expect("create a directory in it");
    assert_eq!(dir.get_path(), Err(ErrorCode::Unsupported), "get-path of a directory");
    let opened = dir.open(DescriptorFlags::READ).map(drop);
    assert_eq!(opened, Err(ErrorCode::Unsupported), "open of a directory");
    let Err((dir, code)) = TemporaryDirectory::keep(dir) else {
        panic!("kept a directory where nothing can be found");
    };
    assert_eq!(code, ErrorCode::Unsupported, "keep of a directory");

    TemporaryDirectory::persist(dir, out, "dir").expect("persist a directory");
    assert_eq!(fs::read_dir("/out/dir")?.count(), 2, "a file and a directory");
    drop((child, inner));
    assert_eq!(
        fs::read_dir("/out/dir")?.count(),
        2,
        "they went with their detached handles"
    );
    Ok(())
}
