//! Any `max-memory` will do, however large: what the provider has no memory for goes to disk.
//@ storages = ["default"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{TemporaryFile, assert_holds, holding, passed};

pub(crate) fn main() {
    for bound in [
        1 << 31,
        (1 << 32) - 1,
        1 << 32,
        (1 << 32) + 5,
        (1 << 63) - 1,
        1 << 63,
        u64::MAX,
    ] {
        let file = TemporaryFile::create(&holding(bound)).expect("create a file");
        file.write(b"some bytes", 0).expect("write");
        file.append(b", and more").expect("append");
        assert_holds(&file, b"some bytes, and more");
        // More than a component of 32 bits has.
        file.write(b"far away", 5 << 30).expect("write behind a hole of 5 GiB");
        assert!(
            !file.is_in_memory() || bound > 5 << 30,
            "5 GiB are in memory with {bound}"
        );
        assert_eq!(file.get_size(), Ok((5 << 30) + 8), "the size with {bound}");
        assert_eq!(
            file.read(100, 5 << 30).as_deref(),
            Ok(&b"far away"[..]),
            "at the end, with {bound}"
        );
        assert_eq!(
            file.read(20, 0).as_deref(),
            Ok(&b"some bytes, and more"[..]),
            "at the start, with {bound}"
        );
        drop(file);

        let file = TemporaryFile::create(&holding(bound)).expect("create a file");
        file.set_size(6 << 30).expect("extend it to 6 GiB");
        assert_eq!(file.get_size(), Ok(6 << 30), "the size that was set, with {bound}");
        assert_eq!(file.read(5, (6 << 30) - 3), Ok(vec![0; 3]), "what it was extended with");
    }
    passed();
}
