//! An empty write or append changes nothing and succeeds, whatever the offset.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_holds, file_with, new_file, passed};

pub(crate) fn main() {
    let bytes: &[u8] = b"some bytes";
    for (file, size) in [(new_file(), 0), (file_with(bytes), 10)] {
        let in_memory = file.is_in_memory();
        let offsets = [
            0,
            5,
            10,
            11,
            1000,
            1 << 32,
            (1 << 63) - 1,
            1 << 63,
            u64::MAX - 1,
            u64::MAX,
        ];
        for offset in offsets {
            assert_eq!(file.write(b"", offset), Ok(()), "an empty write at {offset}");
            assert_holds(&file, &bytes[..size]);
        }
        let end = u64::try_from(size).expect("it fits");
        assert_eq!(file.append(b""), Ok(end), "an empty append");
        assert_holds(&file, &bytes[..size]);
        assert_eq!(file.is_in_memory(), in_memory, "whether it is in memory");
    }
    passed();
}
