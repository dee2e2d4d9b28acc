//! Calls itself until the stack is used up, with everything open.
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::io;

use scratch_test_programs::Everything;

fn main() -> io::Result<()> {
    let _everything = Everything::open()?;
    let depth = descend(u64::MAX);
    unreachable!("the stack held {depth} calls");
}

fn descend(calls: u64) -> u64 {
    match calls {
        0 => 0,
        calls => descend(black_box(calls - 1)) + 1,
    }
}
