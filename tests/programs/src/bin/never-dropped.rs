//! Forgets everything it has open, and returns with 0.
#![forbid(unsafe_code)]

use std::{io, mem};

use scratch_test_programs::Everything;

fn main() -> io::Result<()> {
    mem::forget(Everything::open()?);
    println!("forgot everything");
    Ok(())
}
