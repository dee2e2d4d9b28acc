//! Many small writes to many files in turn: each file holds its own.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{TemporaryFile, assert_holds, new_directory, passed, roomy, varied};

pub(crate) fn main() {
    let directory = new_directory();
    // Their bounds differ, so that each moves to disk at another moment, if it may be in memory at all.
    let mut files: Vec<(TemporaryFile, Vec<u8>)> = (0..40)
        .map(|number| {
            let options = roomy(number * 100);
            let file = match number % 2 {
                0 => TemporaryFile::create(&options),
                _ => directory.create_file(&options),
            };
            (file.expect("create a file"), Vec::new())
        })
        .collect();
    for round in 0..60 {
        for (number, (file, bytes)) in (0..).zip(&mut files) {
            let piece = varied(40, 1000 * number + round);
            let end = u64::try_from(bytes.len()).expect("it fits");
            if round % 3 == 0 {
                file.write(&piece, end).expect("write at the end");
            } else {
                assert_eq!(file.append(&piece), Ok(end), "append to file {number}");
            }
            bytes.extend(piece);
        }
    }
    for (file, bytes) in &files {
        assert_holds(file, bytes);
    }
    // Half of them go: the others stay.
    for _ in 0..20 {
        drop(files.pop());
    }
    for (file, bytes) in &files {
        assert_holds(file, bytes);
    }
    passed();
}
