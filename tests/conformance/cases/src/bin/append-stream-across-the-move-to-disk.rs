//! An append stream that is open while its file moves to disk goes on at the end of the same file.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{TemporaryFile, assert_holds, holding, passed, varied, write_stream};

pub(crate) fn main() {
    let mut bytes = varied(3_000, 16);
    let file = TemporaryFile::create(&holding(4_000)).expect("create a file");
    file.write(&bytes, 0).expect("write");
    let stream = file.append_via_stream().expect("a stream to append");
    write_stream(&stream, b"before, ").expect("append before the move");
    let more = varied(2_000, 17);
    assert_eq!(file.append(&more), Ok(3_008), "where more than memory may hold landed");
    assert!(!file.is_in_memory(), "more than `max-memory` is in memory");
    write_stream(&stream, b"after").expect("append after the move");
    bytes.extend(b"before, ");
    bytes.extend(&more);
    bytes.extend(b"after");
    assert_holds(&file, &bytes);
    passed();
}
