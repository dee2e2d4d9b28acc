//! Says `ready` and blocks in the host for an hour, with everything open.
#![forbid(unsafe_code)]

use std::time::Duration;
use std::{io, thread};

use scratch_test_programs::Everything;

fn main() -> io::Result<()> {
    let _everything = Everything::open()?;
    println!("ready");
    thread::sleep(Duration::from_secs(60 * 60));
    unreachable!("nobody ended the program for an hour");
}
