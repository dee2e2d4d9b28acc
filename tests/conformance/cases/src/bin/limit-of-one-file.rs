//! Beyond the limit on one file it is `file-too-large`, the file stays as it was, and goes on.
//@ limited = true
#![forbid(unsafe_code)]

use scratch_conformance_cases::{ErrorCode, assert_space_empty, new_file, passed, space, write_stream};

/// More than this is not written here.
const MOST: u64 = 64 << 20;

pub(crate) fn main() {
    let limits = space::get_limits();
    let Some(most) = limits.file_bytes.filter(|most| *most <= MOST) else {
        return passed();
    };
    // With less room than for one such file, another limit is met first.
    if limits.bytes.is_some_and(|bytes| bytes <= most) {
        return passed();
    }
    let file = new_file();
    match file.set_size(most) {
        Ok(()) => {}
        // There may be less room on the disk than the limit allows.
        Err(ErrorCode::InsufficientSpace) => return passed(),
        Err(code) => panic!("extend it to the limit: {code}"),
    }
    let refused = Err(ErrorCode::FileTooLarge);
    assert_eq!(file.set_size(most + 1), refused, "extend it beyond");
    assert_eq!(file.write(b"!", most), refused, "write beyond");
    assert_eq!(file.write(b"!!", most - 1), refused, "write across");
    assert_eq!(file.append(b"!"), Err(ErrorCode::FileTooLarge), "append");
    assert_eq!(file.get_size(), Ok(most), "a refusal changed its size");
    match file.append_via_stream() {
        Ok(stream) => {
            let error = write_stream(&stream, b"!").expect_err("wrote beyond through a stream");
            assert!(error.contains("file-too-large"), "the stream failed with {error}");
        }
        // A stream with no room for a byte may be refused at once.
        Err(code) => assert_eq!(code, ErrorCode::FileTooLarge, "get a stream"),
    }
    assert_eq!(file.get_size(), Ok(most), "the stream changed its size");

    assert_eq!(
        file.read(1, most - 1).expect("read the last byte"),
        [0],
        "a refusal wrote a part"
    );
    file.write(b"!", most - 1).expect("write up to the limit");
    file.set_size(0).expect("cut it off");
    file.append(b"!").expect("append again");
    drop(file);
    assert_space_empty();
    passed();
}
