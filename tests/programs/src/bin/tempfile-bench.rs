//! As `loop-bench`, with the crate `tempfile` as it is: a guest that knows nothing of `scratch:tempfile` and has a directory as
//! its `/tmp`.
//!
//! Arguments: the rounds, the size in bytes.
#![forbid(unsafe_code)]

use std::env;
use std::io::{Read as _, Seek as _, Write as _};
use std::time::Instant;

use tempfile::NamedTempFile;

fn argument(number: usize, what: &str) -> u32 {
    let text = env::args()
        .nth(number)
        .unwrap_or_else(|| panic!("argument {number} is {what}"));
    text.parse()
        .unwrap_or_else(|error| panic!("argument {number} is {what}: {error}"))
}

fn main() {
    let rounds = argument(1, "how many rounds");
    let size = usize::try_from(argument(2, "how many bytes")).expect("the size fits the memory");
    assert!(rounds > 0, "at least one round");
    let bytes = vec![0x5a; size];
    let mut read = Vec::with_capacity(size);

    let start = Instant::now();
    for _ in 0..rounds {
        // `NamedTempFile::new` asks the standard library for a directory, which panics on WASI.
        let mut file = NamedTempFile::new_in("/tmp").expect("create");
        file.write_all(&bytes).expect("write");
        file.rewind().expect("rewind");
        read.clear();
        file.read_to_end(&mut read).expect("read");
        assert!(read.len() == size, "short read");
        drop(file);
    }
    println!("{}", start.elapsed().as_nanos() / u128::from(rounds));
}
