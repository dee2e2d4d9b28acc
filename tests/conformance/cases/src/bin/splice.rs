//! A read stream of one file is spliced into a write stream of another.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_holds, file_with, passed, stream_error, varied};

pub(crate) fn main() {
    let bytes = varied(300_000, 9);
    let source = file_with(&bytes);
    let target = file_with(b"before: and after");
    let input = source.read_via_stream(10_000).expect("a stream to read");
    let output = target.write_via_stream(8).expect("a stream to write");
    let mut left: u64 = 290_000;
    for _ in 0..100_000 {
        if left == 0 {
            break;
        }
        let moved = output.blocking_splice(&input, left).map_err(stream_error);
        left = left
            .checked_sub(moved.expect("splice"))
            .expect("no more is spliced than there is");
    }
    assert_eq!(left, 0, "so much was never spliced");
    output.blocking_flush().map_err(stream_error).expect("flush");
    let mut expected = b"before: ".to_vec();
    expected.extend(&bytes[10_000..]);
    assert_holds(&target, &expected);
    assert_holds(&source, &bytes);
    passed();
}
