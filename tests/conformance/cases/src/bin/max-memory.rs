//! As many bytes as `max-memory` says may stay in memory; with one more the file is on disk.
//@ storages = ["default"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{TemporaryFile, assert_holds, holding, passed};

/// Makes a new file as large as that.
type Grow = fn(&TemporaryFile, usize);

const WAYS: [(&str, Grow); 6] = [
    ("written", |file, size| file.write(&vec![1; size], 0).expect("write")),
    ("appended", |file, size| {
        file.append(&vec![1; size]).expect("append");
    }),
    ("extended", |file, size| file.set_size(bytes(size)).expect("extend it")),
    ("behind a hole", |file, size| {
        if let Some(last) = size.checked_sub(1) {
            file.write(&[1], bytes(last)).expect("write");
        }
    }),
    ("written byte by byte at the end", |file, size| {
        file.set_size(bytes(size.saturating_sub(3))).expect("extend it");
        for _ in size.saturating_sub(3)..size {
            file.append(&[1]).expect("append");
        }
    }),
    ("written across the end", |file, size| {
        file.set_size(bytes(size / 2)).expect("extend it");
        file.write(&vec![1; size - size / 3], bytes(size / 3)).expect("write");
    }),
];

pub(crate) fn main() {
    for bound in [1, 2, 3, 100, 4095, 4096, 65_536, 100_000, 300_001] {
        for (way, grow) in WAYS {
            let file = |size: usize| {
                let file = TemporaryFile::create(&holding(bytes(bound))).expect("create a file");
                grow(&file, size);
                assert_eq!(file.get_size(), Ok(bytes(size)), "the size of a file {way}");
                file
            };
            // A provider may hold less, but has no reason to make a difference just there.
            let less = file(bound - 1).is_in_memory();
            let exactly = file(bound).is_in_memory();
            assert!(exactly || !less, "{bound} bytes, {way}, may not stay, but one less may");
            let more = file(bound + 1);
            assert!(!more.is_in_memory(), "one more than {bound} bytes, {way}, is in memory");
        }
    }
    let file = TemporaryFile::create(&holding(10)).expect("create a file");
    file.write(b"0123456789", 0).expect("write");
    file.append(b"!").expect("append");
    assert_holds(&file, b"0123456789!");
    passed();
}

fn bytes(size: usize) -> u64 {
    u64::try_from(size).expect("a size fits 64 bits")
}
