//! Creates a file and drops it, in a loop, while so many others are held, and prints the nanoseconds of one round.
//!
//! Arguments: where (`disk`, `default`, or `memory`), the rounds, how many others are held.
#![forbid(unsafe_code)]

use std::time::Instant;

use scratch_tempfile::bindings::scratch::tempfile::types::TemporaryFile;
use scratch_test_programs::{assert_storage, file_options, number};

fn main() {
    let options = file_options();
    let rounds: u32 = number(2, "how many rounds");
    let held: usize = number(3, "how many are held");
    assert!(rounds > 0, "at least one round");
    let create = || TemporaryFile::create(&options).expect("create");
    let held: Vec<TemporaryFile> = (0..held).map(|_| create()).collect();
    held.iter().take(1).for_each(assert_storage);

    let start = Instant::now();
    for _ in 0..rounds {
        drop(create());
    }
    println!("{}", start.elapsed().as_nanos() / u128::from(rounds));
}
