//! Many files that may be large in memory hold what was written to them, be they in memory or on disk.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{TemporaryFile, assert_holds, passed, roomy, varied};

const MIB: usize = 1 << 20;

pub(crate) fn main() {
    // More than the provider may have memory for: 32 files of 1 MiB, which grow in turn.
    let files: Vec<TemporaryFile> = (0..32)
        .map(|_| TemporaryFile::create(&roomy(16 << 20)).expect("create a file"))
        .collect();
    let bytes: Vec<Vec<u8>> = (0..32).map(|seed| varied(MIB, seed)).collect();
    for piece in 0..4 {
        for (file, bytes) in files.iter().zip(&bytes) {
            file.append(&bytes[piece * MIB / 4..][..MIB / 4]).expect("append");
        }
    }
    for (file, bytes) in files.iter().zip(&bytes) {
        assert_holds(file, bytes);
    }
    // Some go, and others take their place.
    let mut files = files;
    files.truncate(20);
    for seed in 100..104 {
        let file = TemporaryFile::create(&roomy(16 << 20)).expect("create another file");
        let other = varied(MIB, seed);
        file.write(&other, 0).expect("write 1 MiB");
        assert_holds(&file, &other);
        files.push(file);
    }
    for (file, bytes) in files.iter().zip(&bytes[..4]) {
        assert_holds(file, bytes);
    }
    passed();
}
