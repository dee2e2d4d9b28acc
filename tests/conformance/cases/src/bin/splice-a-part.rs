//! No more than is asked for is spliced, and both streams go on after it.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_holds, file_with, new_file, passed, read_stream, stream_error, write_stream};

pub(crate) fn main() {
    let source = file_with(b"0123456789");
    let target = new_file();
    let input = source.read_via_stream(2).expect("a stream to read");
    let output = target.write_via_stream(0).expect("a stream to write");
    let mut left = 5;
    for _ in 0..10_000 {
        if left == 0 {
            break;
        }
        let moved = output
            .blocking_splice(&input, left)
            .map_err(stream_error)
            .expect("splice");
        assert!(moved <= left, "spliced {moved} bytes in the place of {left}");
        left -= moved;
    }
    assert_eq!(left, 0, "so much was never spliced");
    write_stream(&output, b"!").expect("write on");
    assert_eq!(
        read_stream(&input).as_deref(),
        Ok(b"789".as_slice()),
        "what is left to read"
    );
    assert_holds(&target, b"23456!");
    passed();
}
