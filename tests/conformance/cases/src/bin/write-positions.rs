//! A write lands where it says: in the middle, at the end, across it, or beyond it behind zeros.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_holds, file_with, new_file, passed, varied};

pub(crate) fn main() {
    let mut bytes = varied(1000, 1);
    let file = file_with(&bytes);
    let mut write = |what: &[u8], at: usize| {
        let offset = u64::try_from(at).expect("it fits");
        file.write(what, offset).expect("write");
        let end = at + what.len();
        bytes.resize(bytes.len().max(end), 0);
        bytes[at..end].copy_from_slice(what);
        assert_holds(&file, &bytes);
    };
    write(b"at the start", 0);
    write(b"in the middle", 500);
    write(b"!", 999);
    write(&varied(10, 2), 990);
    write(b"at the end", 1000);
    write(b"across the end", 1005);
    write(b"behind a hole", 1500);
    write(b"in the hole", 1200);
    write(b"far behind", 9000);
    write(&varied(9010, 3), 0);

    let file = new_file();
    file.write(b"x", 3).expect("write");
    assert_holds(&file, b"\0\0\0x");
    passed();
}
