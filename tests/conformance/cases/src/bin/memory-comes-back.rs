//! The memory of files that have gone is there for others: files come and go without end.
//@ storages = ["default"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{DescriptorFlags, TemporaryFile, holding, passed};

const SIZE: u64 = 1 << 20;

/// What is done to a file; what it gives back lives until the end.
type End = fn(TemporaryFile) -> Option<TemporaryFile>;

/// Each with how many files it is done to.
const ENDS: [(&str, u32, End); 4] = [
    // More in all than a component of 32 bits has.
    ("dropped", 5000, |_| None),
    ("closed", 200, |file| {
        TemporaryFile::close(file).expect("close it");
        None
    }),
    ("emptied", 200, |file| {
        file.set_size(0).expect("empty it");
        Some(file)
    }),
    ("moved to disk", 50, |file| {
        drop(file.open(DescriptorFlags::READ).expect("open it"));
        Some(file)
    }),
];

pub(crate) fn main() {
    let create = || {
        let file = TemporaryFile::create(&holding(SIZE)).expect("create a file");
        file.set_size(SIZE).expect("extend it");
        file
    };
    // A provider may hold less in memory.
    let in_memory = create().is_in_memory();
    let mut kept = Vec::new();
    for (way, rounds, end) in ENDS {
        for round in 0..rounds {
            let file = create();
            assert_eq!(file.is_in_memory(), in_memory, "round {round}, each was {way}");
            kept.extend(end(file));
        }
    }
    passed();
}
