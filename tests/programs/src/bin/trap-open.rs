//! Traps in its own code with everything open.
#![forbid(unsafe_code)]

use std::io;

use scratch_test_programs::Everything;

fn main() -> io::Result<()> {
    let _everything = Everything::open()?;
    panic!("trapped on purpose, with everything open");
}
