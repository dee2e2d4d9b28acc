//! Fills the disk with a temporary file, and then with a file by path: says `full` or `not full` for each, deletes it, and finds
//! room again.
//!
//! By path it may be an `I/O error` too: the C library of Rust 1.95 does not ask why a write to a stream failed.
//!
//! The second argument says after how many bytes the disk counts as one that is not full.
#![forbid(unsafe_code)]

use std::io::{self, ErrorKind, Write};
use std::{env, fs};

use scratch_test_programs::storage;

const PIECE: [u8; 4096] = [b'x'; 4096];

/// The number in WASI's C library; `ErrorKind` has no stable name for it.
const EIO: i32 = 29;

fn main() -> io::Result<()> {
    let most = env::args()
        .nth(2)
        .expect("the second argument has to be a number of bytes");
    let most: usize = most.parse().map_err(io::Error::other)?;

    let mut file = storage().unnamed_file()?;
    println!("by handle: {}", fill(&mut file, most)?);
    file.close()?;
    let mut again = storage().unnamed_file()?;
    again.write_all(&PIECE)?;
    again.close()?;

    let mut file = fs::File::create("/tmp/by-path")?;
    println!("by path: {}", fill(&mut file, most)?);
    drop(file);
    fs::remove_file("/tmp/by-path")?;
    fs::write("/tmp/again", PIECE)
}

/// Writes until there is no room, or until it was enough.
fn fill(file: &mut impl Write, most: usize) -> io::Result<&'static str> {
    let mut written = 0;
    while written < most {
        match file.write(&PIECE) {
            Ok(count) => written += count,
            Err(error) if error.kind() == ErrorKind::StorageFull => return Ok("full"),
            Err(error) if error.raw_os_error() == Some(EIO) => return Ok("I/O error"),
            Err(error) => return Err(error),
        }
    }
    Ok("not full")
}
