//! A read stream whose handle was dropped goes on with the file's bytes or fails; the file is gone from the space.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_space_empty, file_with, passed, read_stream, stands, stream_error, varied};

pub(crate) fn main() {
    let bytes = varied(200_000, 13);
    let file = file_with(&bytes);
    let fresh = file.read_via_stream(0).expect("a stream to read");
    let begun = file.read_via_stream(0).expect("a second stream to read");
    let mut found = begun.blocking_read(100).map_err(stream_error).expect("begin to read");
    drop(file);
    assert_space_empty();
    // An error is fine, other bytes are not.
    if let Ok(bytes_after) = read_stream(&fresh) {
        assert!(bytes_after == bytes, "a fresh stream gave something else");
    }
    if let Ok(rest) = read_stream(&begun) {
        found.extend(rest);
        assert!(found == bytes, "a stream in the middle gave something else");
    }
    drop((fresh, begun));
    assert_space_empty();

    // The same for one with a name.
    let file = file_with(b"named");
    let path = file.get_path().expect("get its path");
    let stream = file.read_via_stream(1).expect("a stream to read");
    drop(file);
    assert!(!stands(&path), "a stream kept the entry of a dropped file");
    if let Ok(found) = read_stream(&stream) {
        assert_eq!(found, b"amed", "the stream gave something else");
    }
    drop(stream);
    assert_space_empty();
    passed();
}
