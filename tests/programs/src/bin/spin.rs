//! Says `ready` and loops for ever, with everything open.
#![forbid(unsafe_code)]

use std::{hint, io};

use scratch_test_programs::Everything;

fn main() -> io::Result<()> {
    let _everything = Everything::open()?;
    println!("ready");
    loop {
        hint::spin_loop();
    }
}
