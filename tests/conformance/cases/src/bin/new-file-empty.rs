//! A new file is empty, in the space and in a directory, and also after other files have come and gone.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{file_options, file_with, new_directory, new_file, passed};

pub(crate) fn main() {
    let directory = new_directory();
    for round in 0..3 {
        let in_directory = directory.create_file(&file_options()).expect("create a file in it");
        for file in [new_file(), in_directory] {
            assert_eq!(file.get_size(), Ok(0), "the size of a new file, round {round}");
            assert_eq!(
                file.read(100, 0),
                Ok(Vec::new()),
                "what a new file holds, round {round}"
            );
            // Nothing of this may be found in the next one.
            file.write(&[b'x'; 5000], 0).expect("write");
        }
        drop(file_with(b"come and gone"));
    }
    passed();
}
