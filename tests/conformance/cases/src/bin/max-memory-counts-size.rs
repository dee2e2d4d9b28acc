//! What counts for `max-memory` is the size of the file, not what was written to it or read in all.
//@ storages = ["default"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{TemporaryFile, assert_holds, holding, passed, varied};

pub(crate) fn main() {
    let file = TemporaryFile::create(&holding(1000)).expect("create a file");
    file.write(&varied(1000, 0), 0).expect("write");
    // A provider may hold less in memory than the program allows, and then nothing can be seen here.
    let in_memory = file.is_in_memory();
    for seed in 0..20 {
        let bytes = varied(1000, seed);
        file.write(&bytes, 0).expect("write all of it again");
        assert_eq!(file.is_in_memory(), in_memory, "after a write over all of it");
        assert_holds(&file, &bytes);
        assert_eq!(file.is_in_memory(), in_memory, "after it was read");
        file.set_size(10).expect("cut it off");
        assert_eq!(file.append(&bytes[10..]), Ok(10), "append what was cut off");
        assert_holds(&file, &bytes);
        assert_eq!(file.is_in_memory(), in_memory, "after it was cut off and appended to");
        file.set_size(0).expect("empty it");
        file.set_size(1000).expect("extend it");
        assert_holds(&file, &[0; 1000]);
        assert_eq!(file.is_in_memory(), in_memory, "after it was emptied and extended");
    }
    passed();
}
