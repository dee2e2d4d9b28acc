//! Streams of a file whose directory was dropped go on with the unlinked file or fail; nothing comes back into the space.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_space_empty, file_options, new_directory, passed, read_stream, write_stream};

pub(crate) fn main() {
    let directory = new_directory();
    let file = directory.create_file(&file_options()).expect("create a file in it");
    file.write(b"in a directory", 0).expect("write");
    let input = file.read_via_stream(3).expect("a stream to read");
    let output = file.write_via_stream(0).expect("a stream to write");
    let append = file.append_via_stream().expect("a stream to append");
    drop(directory);
    assert_space_empty();
    if let Ok(found) = read_stream(&input) {
        assert_eq!(found, b"a directory", "the stream gave something else");
    }
    let _ = write_stream(&output, b"after");
    let _ = write_stream(&append, b"after");
    drop((input, output, append));
    drop(file);
    assert_space_empty();
    passed();
}
