//! Creates a file, writes to it, reads it back and drops it, in a loop, and prints the nanoseconds of one round.
//!
//! Arguments: where (`disk`, `default`, or `memory`: whatever the size), the rounds, the size in bytes.
#![forbid(unsafe_code)]

use std::time::Instant;

use scratch_tempfile::bindings::scratch::tempfile::types::TemporaryFile;
use scratch_test_programs::{assert_storage, file_options, number};

fn main() {
    let options = file_options();
    let rounds: u64 = number(2, "how many rounds");
    let size: u64 = number(3, "how many bytes");
    let bytes = vec![0x5a; usize::try_from(size).expect("the size fits the memory")];

    let start = Instant::now();
    for round in 0..rounds {
        let file = TemporaryFile::create(&options).expect("create");
        for (piece, offset) in bytes.chunks(1 << 20).zip((0..).step_by(1 << 20)) {
            file.write(piece, offset).expect("write");
        }
        let mut offset = 0;
        while offset < size {
            let read = file.read(size - offset, offset).expect("read");
            assert!(!read.is_empty(), "the file ends at {offset}");
            offset += u64::try_from(read.len()).expect("a length fits 64 bits");
        }
        // Once: it is a call more, and the time counts.
        if round == 0 {
            assert_storage(&file);
        }
        drop(file);
    }
    println!("{}", start.elapsed().as_nanos() / u128::from(rounds.max(1)));
}
