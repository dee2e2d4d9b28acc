//! Grows its memory until the host refuses, with everything open, says so, and aborts on the next allocation.
#![forbid(unsafe_code)]

use std::{hint, io};

use scratch_test_programs::Everything;

const PIECE: usize = 1 << 20;

fn main() -> io::Result<()> {
    let _everything = Everything::open()?;
    let mut pieces: Vec<Vec<u8>> = Vec::with_capacity(1 << 13);
    loop {
        let mut piece = Vec::new();
        if piece.try_reserve_exact(PIECE).is_err() {
            break;
        }
        pieces.push(piece);
    }
    println!("refused after {} MiB", pieces.len());
    let last = vec![1_u8; hint::black_box(PIECE)];
    unreachable!("{} bytes were there after all", last.len());
}
