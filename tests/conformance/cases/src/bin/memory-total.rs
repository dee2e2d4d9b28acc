//! There is a total for what all files hold in memory, whatever each of them may hold.
//@ storages = ["default"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{TemporaryFile, holding, passed};

const SIZE: u64 = 64 << 20;

pub(crate) fn main() {
    // 4 GiB together, which no component of 32 bits has: as holes, which take no room on most disks.
    let files: Vec<TemporaryFile> = (0..64)
        .map(|number| {
            let file = TemporaryFile::create(&holding(u64::MAX)).expect("create a file");
            file.write(&[number], 0).expect("write");
            file.set_size(SIZE).expect("extend it");
            file
        })
        .collect();
    let in_memory = files.iter().filter(|file| file.is_in_memory()).count();
    assert!(in_memory < files.len(), "all of them are in memory");
    for (number, file) in (0..).zip(&files) {
        assert_eq!(file.get_size(), Ok(SIZE), "the size of file {number}");
        assert_eq!(file.read(2, 0), Ok(vec![number, 0]), "the start of file {number}");
        assert_eq!(file.read(5, SIZE - 2), Ok(vec![0; 2]), "the end of file {number}");
    }
    passed();
}
