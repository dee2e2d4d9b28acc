//! An append stream writes at the end of the file, one piece after the other.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_holds, file_with, new_file, passed, write_stream};

pub(crate) fn main() {
    let file = file_with(b"one, ");
    let stream = file.append_via_stream().expect("a stream to append");
    write_stream(&stream, b"two, ").expect("append");
    assert_holds(&file, b"one, two, ");
    write_stream(&stream, b"three").expect("append again");
    assert_holds(&file, b"one, two, three");

    let file = new_file();
    let stream = file.append_via_stream().expect("a stream to append to nothing");
    write_stream(&stream, b"the first").expect("append to nothing");
    assert_holds(&file, b"the first");
    passed();
}
