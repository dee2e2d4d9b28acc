//! Exits with 7 with everything open: no destructor runs. (Rust 1.95's standard library makes it 1 on `wasm32-wasip2`.)
#![forbid(unsafe_code)]

use std::{io, process};

use scratch_test_programs::Everything;

fn main() -> io::Result<()> {
    let _everything = Everything::open()?;
    process::exit(7)
}
