//! An append stream writes where the end is when it writes, whoever moved it since: writes, appends, a cut, another stream.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_holds, file_with, passed, write_stream};

pub(crate) fn main() {
    let file = file_with(b"[0]");
    let stream = file.append_via_stream().expect("a stream to append");
    file.write(b"[1]", 3).expect("write by position");
    write_stream(&stream, b"[2]").expect("append after a write");
    assert_holds(&file, b"[0][1][2]");

    assert_eq!(file.append(b"[3]"), Ok(9), "where an append landed");
    write_stream(&stream, b"[4]").expect("append after an append");
    assert_holds(&file, b"[0][1][2][3][4]");

    file.set_size(6).expect("cut it");
    write_stream(&stream, b"[5]").expect("append after a cut");
    assert_holds(&file, b"[0][1][5]");

    let second = file.append_via_stream().expect("a second stream to append");
    write_stream(&second, b"[6]").expect("append to the second");
    write_stream(&stream, b"[7]").expect("append to the first again");
    assert_holds(&file, b"[0][1][5][6][7]");
    passed();
}
