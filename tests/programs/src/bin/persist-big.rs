//! Persists a file of so many MiB, the first argument, as `/out/big`. Says `persisting` before it does.
#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::{env, fs};

use scratch_tempfile::bindings::scratch::tempfile::types::{FileOptions, TemporaryFile};
use scratch_test_programs::{any_name, wasi::preopens};

const MIB: u64 = 1 << 20;

fn main() -> io::Result<()> {
    let size = env::args().nth(1).expect("the first argument is how many MiB");
    let size: u64 = size.parse().map_err(io::Error::other)?;
    let (out, _) = preopens::get_directories()
        .into_iter()
        .find(|(_, path)| path == "/out")
        .expect("the directory `/out` has to be granted");
    let options = FileOptions {
        name: any_name(),
        max_memory: Some(0),
    };
    let file = TemporaryFile::create(&options).expect("create");
    let piece = vec![0x5a; usize::try_from(MIB).map_err(io::Error::other)?];
    for number in 0..size {
        file.write(&piece, number * MIB).expect("write");
    }
    println!("persisting");
    io::stdout().flush()?;
    TemporaryFile::persist(file, &out, "big", false)
        .map_err(|(_, code)| code)
        .expect("persist");
    assert_eq!(fs::metadata("/out/big")?.len(), size * MIB);
    println!("ok");
    Ok(())
}
