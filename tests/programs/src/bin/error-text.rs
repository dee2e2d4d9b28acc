//! Prints what the host says of a write to a stream that fails: at an offset that no file system has.
#![forbid(unsafe_code)]

use scratch_tempfile::bindings::scratch::tempfile::types::FileOptions;
use scratch_tempfile::bindings::scratch::tempfile::types::TemporaryFile;
use scratch_test_programs::{any_name, wasi::streams::StreamError};

fn main() {
    let options = FileOptions {
        name: any_name(),
        max_memory: Some(0),
    };
    let file = TemporaryFile::create(&options).expect("create");
    let stream = file.write_via_stream(1 << 62).expect("a stream");
    match stream.blocking_write_and_flush(b"far away") {
        Err(StreamError::LastOperationFailed(error)) => println!("{}", error.to_debug_string()),
        other => panic!("it was written: {other:?}"),
    }
}
