//! What a stream writes counts for `max-memory`: one byte more, and the file is on disk.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{TemporaryFile, assert_holds, holding, passed, varied, write_stream};

pub(crate) fn main() {
    let bytes = varied(5_000, 11);
    let file = TemporaryFile::create(&holding(4_999)).expect("create a file");
    let stream = file.write_via_stream(0).expect("a stream to write");
    write_stream(&stream, &bytes).expect("write one byte too many for memory");
    assert!(!file.is_in_memory(), "a write stream kept too much in memory");
    assert_holds(&file, &bytes);

    let file = TemporaryFile::create(&holding(4_999)).expect("create a file");
    let stream = file.append_via_stream().expect("a stream to append");
    write_stream(&stream, &bytes).expect("append one byte too many for memory");
    assert!(!file.is_in_memory(), "an append stream kept too much in memory");
    assert_holds(&file, &bytes);
    passed();
}
