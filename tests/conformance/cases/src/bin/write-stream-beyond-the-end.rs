//! A write stream that begins beyond the end leaves zeros between, and nothing if nothing is written.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_holds, file_with, passed, write_stream};

pub(crate) fn main() {
    let file = file_with(b"start");
    drop(file.write_via_stream(1_000).expect("a stream beyond the end"));
    assert_holds(&file, b"start");

    let stream = file.write_via_stream(5_000).expect("a stream beyond the end");
    write_stream(&stream, b"end").expect("write there");
    let mut expected = b"start".to_vec();
    expected.resize(5_000, 0);
    expected.extend(b"end");
    assert_holds(&file, &expected);
    passed();
}
