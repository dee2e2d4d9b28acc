//! One read answers with 1 MiB at most, and with all of that where it is there.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{TemporaryFile, file_options, passed, roomy, varied};

const MIB: usize = 1 << 20;

pub(crate) fn main() {
    let bytes = varied(3 * MIB, 2);
    for options in [file_options(), roomy(4 << 20)] {
        let file = TemporaryFile::create(&options).expect("create a file");
        for piece in bytes.chunks(MIB) {
            file.append(piece).expect("append");
        }
        for offset in [0, MIB + 12_345, 2 * MIB, 2 * MIB + 1, 3 * MIB - 1] {
            let expected = &bytes[offset..(offset + MIB).min(3 * MIB)];
            let offset = u64::try_from(offset).expect("it fits");
            for length in [(1 << 20) + 1, (1 << 32) + 5, u64::MAX] {
                let read = file.read(length, offset).expect("read");
                assert_eq!(
                    read.len(),
                    expected.len(),
                    "how much of {length} bytes at {offset} comes back"
                );
                assert!(read == expected, "other bytes come back from {offset}");
            }
        }
        for length in [MIB - 1, MIB] {
            let read = file.read(u64::try_from(length).expect("it fits"), 5).expect("read");
            assert!(
                read == bytes[5..5 + length],
                "not the {length} bytes that were asked for"
            );
        }
    }
    passed();
}
