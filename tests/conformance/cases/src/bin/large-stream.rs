//! Several MiB go through streams, in and out, and come back as they were.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{new_file, passed, read_stream, varied, write_stream};

const SIZE: usize = (5 << 20) + 7;

pub(crate) fn main() {
    let bytes = varied(SIZE, 8);
    let size = u64::try_from(SIZE).expect("it fits");
    let file = new_file();
    let half = SIZE / 2;
    let stream = file.write_via_stream(0).expect("a stream to write");
    write_stream(&stream, &bytes[..half]).expect("write the first half");
    let stream = file.append_via_stream().expect("a stream to append");
    write_stream(&stream, &bytes[half..]).expect("append the second half");
    assert_eq!(file.get_size(), Ok(size), "the size after it");

    let stream = file.read_via_stream(0).expect("a stream to read");
    let found = read_stream(&stream).expect("read the stream");
    assert_eq!(found.len(), SIZE, "so much came back");
    assert!(found == bytes, "something else came back");
    let last = file.read(100, size - 5).expect("read the last bytes");
    assert_eq!(last, bytes[SIZE - 5..], "the last bytes");
    passed();
}
