//! As `loop-bench`, `bulk-bench` and `directory-bench`, with the crate `tempfile` as it is: a guest that knows nothing of
//! `scratch:tempfile` and has a directory as its `/tmp`.
//!
//! Arguments: what, the rounds, and
//!
//! - `life`: the bytes of the file;
//! - `write`, `read`: the bytes of a chunk, the chunks of a file;
//! - `directory`: the files, the bytes of each.
#![forbid(unsafe_code)]

use std::io::{Read as _, Seek as _, Write as _};
use std::time::{Duration, Instant};
use std::{env, fs};

use tempfile::{NamedTempFile, TempDir};

/// `new` asks the standard library for a directory, which panics on WASI.
const TMP: &str = "/tmp";

fn main() {
    let operation = env::args().nth(1).expect("argument 1 is what to do");
    let rounds = argument(2, "how many rounds");
    let first = argument(3, "a number of bytes, or of files");
    assert!(rounds > 0, "at least one round");
    let spent = match operation.as_str() {
        "life" => life(rounds, first),
        "write" => write(rounds, first, argument(4, "the chunks of a file")),
        "read" => read(rounds, first, argument(4, "the chunks of a file")),
        "directory" => directory(rounds, first, argument(4, "the bytes of a file")),
        other => panic!("no operation: {other}"),
    };
    println!("{}", spent.as_nanos() / u128::try_from(rounds).expect("a number fits"));
}

fn argument(number: usize, what: &str) -> usize {
    let text = env::args()
        .nth(number)
        .unwrap_or_else(|| panic!("argument {number} is {what}"));
    text.parse()
        .unwrap_or_else(|error| panic!("argument {number} is {what}: {error}"))
}

fn life(rounds: usize, size: usize) -> Duration {
    let bytes = vec![0x5a; size];
    let mut read = Vec::with_capacity(size);
    let start = Instant::now();
    for _ in 0..rounds {
        let mut file = NamedTempFile::new_in(TMP).expect("create");
        file.write_all(&bytes).expect("write");
        file.rewind().expect("rewind");
        read.clear();
        file.read_to_end(&mut read).expect("read");
        assert!(read.len() == size, "short read");
        drop(file);
    }
    start.elapsed()
}

/// Creation and drop are not counted.
fn write(rounds: usize, chunk: usize, chunks: usize) -> Duration {
    let bytes = vec![0x5a; chunk];
    let mut spent = Duration::ZERO;
    for _ in 0..rounds {
        let mut file = NamedTempFile::new_in(TMP).expect("create");
        let start = Instant::now();
        for _ in 0..chunks {
            file.write_all(&bytes).expect("write");
        }
        spent += start.elapsed();
    }
    spent
}

fn read(rounds: usize, chunk: usize, chunks: usize) -> Duration {
    let mut bytes = vec![0x5a; chunk];
    let mut file = NamedTempFile::new_in(TMP).expect("create");
    for _ in 0..chunks {
        file.write_all(&bytes).expect("write");
    }
    let start = Instant::now();
    for _ in 0..rounds {
        file.rewind().expect("rewind");
        for _ in 0..chunks {
            file.read_exact(&mut bytes).expect("read");
        }
    }
    start.elapsed()
}

fn directory(rounds: usize, files: usize, size: usize) -> Duration {
    let bytes = vec![0x5a; size];
    let start = Instant::now();
    for _ in 0..rounds {
        let dir = TempDir::new_in(TMP).expect("create a directory");
        for file in 0..files {
            fs::write(dir.path().join(file.to_string()), &bytes).expect("write a file");
        }
        drop(dir);
    }
    start.elapsed()
}
