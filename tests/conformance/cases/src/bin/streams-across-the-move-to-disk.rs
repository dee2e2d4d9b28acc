//! Read and write streams that are open while their file moves to disk go on with the same file.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    TemporaryFile, assert_holds, holding, passed, read_stream, stream_error, varied, write_stream,
};

pub(crate) fn main() {
    let bytes = varied(3_000, 12);
    let file = TemporaryFile::create(&holding(4_000)).expect("create a file");
    file.write(&bytes, 0).expect("write");
    let input = file.read_via_stream(1_000).expect("a stream to read");
    let mut found = input.blocking_read(10).map_err(stream_error).expect("begin to read");
    let output = file.write_via_stream(10).expect("a stream to write");
    write_stream(&output, b"before ").expect("write before the move");

    file.set_size(5_000).expect("move it to disk");
    assert!(!file.is_in_memory(), "more than `max-memory` is in memory");
    write_stream(&output, b"after").expect("write after the move");
    let mut expected = bytes;
    expected[10..22].copy_from_slice(b"before after");
    expected.resize(5_000, 0);
    assert_holds(&file, &expected);

    // The stream need not see how the file grew since.
    found.extend(read_stream(&input).expect("read on after the move"));
    assert!(
        found.len() >= 2_000 && expected[1_000..].starts_with(&found),
        "the stream gave something else: {} bytes",
        found.len()
    );
    passed();
}
