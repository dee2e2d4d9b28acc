//! Leaves `main` through `?` with everything open: Rust drops it all on the way, and the program fails.
#![forbid(unsafe_code)]

use std::{fs, io};

use scratch_test_programs::Everything;

fn main() -> io::Result<()> {
    let everything = Everything::open()?;
    let text = fs::read_to_string(everything.dir.path().join("missing.txt"))?;
    unreachable!("read {} bytes from a file that was never written", text.len());
}
