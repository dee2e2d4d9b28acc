//! A stream that goes in the middle of a write neither keeps its file nor brings it back.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_space_empty, new_file, passed, stands, stream_error, varied};

pub(crate) fn main() {
    let bytes = varied(1 << 20, 15);
    for stream_first in [true, false] {
        let file = new_file();
        let path = file.get_path().expect("get its path");
        let stream = file.write_via_stream(0).expect("a stream to write");
        let permitted = stream.check_write().map_err(stream_error).expect("ask for a permit");
        let length = usize::try_from(permitted).map_or(bytes.len(), |permitted| permitted.min(bytes.len()));
        stream.write(&bytes[..length]).map_err(stream_error).expect("write");
        if stream_first {
            drop(stream);
            drop(file);
        } else {
            drop(file);
            drop(stream);
        }
        assert!(!stands(&path), "it is there again");
        assert_space_empty();
    }
    passed();
}
