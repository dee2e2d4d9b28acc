//! Traps in a call of the host with everything open: `wasi:io/poll` polls an empty list, for which it says "will trap".
#![forbid(unsafe_code)]

use std::io;

use scratch_test_programs::{Everything, wasi::poll};

fn main() -> io::Result<()> {
    let _everything = Everything::open()?;
    println!("polling an empty list");
    let ready = poll::poll(&[]);
    unreachable!("the host returned from a poll of an empty list: {ready:?}");
}
