//! A write stream is written without blocking, as much as it permits, and waited for with what `subscribe` answers.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_holds, new_file, passed, stream_error, varied};

pub(crate) fn main() {
    let bytes = varied(10_000, 6);
    let file = new_file();
    let stream = file.write_via_stream(0).expect("a stream to write");
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let permitted = stream.check_write().map_err(stream_error).expect("ask for a permit");
        if permitted == 0 {
            stream.subscribe().block();
            continue;
        }
        let most = usize::try_from(permitted).map_or(1_000, |permitted| permitted.min(1_000));
        let (piece, after) = rest.split_at(most.min(rest.len()));
        stream.write(piece).map_err(stream_error).expect("write");
        rest = after;
    }
    stream.flush().map_err(stream_error).expect("ask for a flush");
    // A flush is done when the stream permits again.
    while stream.check_write().map_err(stream_error).expect("ask again") == 0 {
        stream.subscribe().block();
    }
    assert_holds(&file, &bytes);
    passed();
}
