//! Writes or reads a file from its beginning to its end in chunks, in a loop, and prints the nanoseconds of one round.
//!
//! Arguments: where (`disk`, `default`, or `memory`: whatever the size), what (`write` a new file each round, `rewrite` or
//! `read` one and the same), the rounds, the bytes of a chunk, the chunks of a file. Creation and drop are not counted.
#![forbid(unsafe_code)]

use std::env;
use std::time::{Duration, Instant};

use scratch_tempfile::bindings::scratch::tempfile::types::TemporaryFile;
use scratch_test_programs::{assert_storage, file_options, number};

fn main() {
    let operation = env::args().nth(2).expect("argument 2 is what to do");
    let rounds: u32 = number(3, "how many rounds");
    let bytes = vec![0x5a; number(4, "the bytes of a chunk")];
    let chunks: u64 = number(5, "the chunks of a file");
    assert!(rounds > 0, "at least one round");

    let file = create();
    write(&file, &bytes, chunks);
    assert_storage(&file);
    let spent = match operation.as_str() {
        "write" => (0..rounds)
            .map(|_| {
                let file = create();
                timed(|| write(&file, &bytes, chunks))
            })
            .sum(),
        "rewrite" => timed(|| (0..rounds).for_each(|_| write(&file, &bytes, chunks))),
        "read" => timed(|| (0..rounds).for_each(|_| read(&file, bytes.len(), chunks))),
        other => panic!("no operation: {other}"),
    };
    println!("{}", spent.as_nanos() / u128::from(rounds));
}

fn create() -> TemporaryFile {
    TemporaryFile::create(&file_options()).expect("create")
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn write(file: &TemporaryFile, chunk: &[u8], chunks: u64) {
    let length = u64::try_from(chunk.len()).expect("a length fits 64 bits");
    for number in 0..chunks {
        file.write(chunk, number * length).expect("write");
    }
}

fn read(file: &TemporaryFile, length: usize, chunks: u64) {
    let asked = u64::try_from(length).expect("a length fits 64 bits");
    for number in 0..chunks {
        let chunk = file.read(asked, number * asked).expect("read");
        assert_eq!(chunk.len(), length, "a short read");
    }
}
