//! A stream of a file whose directory the program deleted works or is `no-entry`, and then the file stays in memory.
#![forbid(unsafe_code)]

use std::fs;

use scratch_conformance_cases::{
    ErrorCode, assert_holds, assert_space_empty, file_options, new_directory, passed, read_stream,
};

pub(crate) fn main() {
    let directory = new_directory();
    let file = directory.create_file(&file_options()).expect("create a file in it");
    file.write(b"without a place", 0).expect("write");
    let path = directory.get_path().expect("get the path of the directory");
    let was_in_memory = file.is_in_memory();
    fs::remove_dir_all(&path).expect("delete the directory");

    let read = file.read_via_stream(8).map(|stream| {
        let found = read_stream(&stream).expect("read the stream");
        assert_eq!(found, b"a place", "the stream gave something else");
    });
    for streamed in [
        read,
        file.write_via_stream(0).map(drop),
        file.append_via_stream().map(drop),
    ] {
        assert!(
            matches!(streamed, Ok(()) | Err(ErrorCode::NoEntry)),
            "a stream without a place: {streamed:?}"
        );
        assert_space_empty();
        // One that could not move is where it was, with what it held.
        if was_in_memory && streamed.is_err() {
            assert!(file.is_in_memory(), "it moved somewhere, and says that it could not");
            assert_holds(&file, b"without a place");
        }
    }
    passed();
}
