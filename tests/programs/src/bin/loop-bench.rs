//! Creates a file, writes to it, reads it back and drops it, in a loop, and prints the nanoseconds of one round.
//!
//! Arguments: where (`disk`, `default`, or `memory`: whatever the size), the rounds, the size in bytes.
#![forbid(unsafe_code)]

use std::env;
use std::time::Instant;

use scratch_tempfile::bindings::scratch::tempfile::types::{FileOptions, TemporaryFile};
use scratch_test_programs::{any_name, file_options};

fn argument(number: usize, what: &str) -> u64 {
    let text = env::args()
        .nth(number)
        .unwrap_or_else(|| panic!("argument {number} is {what}"));
    text.parse()
        .unwrap_or_else(|error| panic!("argument {number} is {what}: {error}"))
}

fn main() {
    let place = env::args().nth(1);
    let (options, in_memory) = match place.as_deref() {
        Some("memory") => (
            FileOptions {
                name: any_name(),
                max_memory: Some(u64::MAX),
            },
            Some(true),
        ),
        Some("disk") => (file_options(), Some(false)),
        _ => (file_options(), None),
    };
    let rounds = argument(2, "how many rounds");
    let size = argument(3, "how many bytes");
    assert!(rounds > 0, "at least one round");
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
        if round == 0
            && let Some(in_memory) = in_memory
        {
            assert_eq!(file.is_in_memory(), in_memory, "the bytes are not where they should be");
        }
        drop(file);
    }
    println!("{}", start.elapsed().as_nanos() / u128::from(rounds));
}
