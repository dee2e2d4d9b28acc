//! The scenes of `guide`, left early through `?` with everything open.
#![forbid(unsafe_code)]

use std::fs;
use std::io::{self, Write};

use scratch_tempfile::{NamedTempFile, TempDir, tempfile};

fn main() -> io::Result<()> {
    let dir = TempDir::new()?;
    println!("Created the directory {}", dir.path().display());
    fs::write(dir.path().join("data.txt"), "Some data.\n")?;
    println!("  and wrote data.txt in it.");
    let mut named = NamedTempFile::new()?;
    named.write_all(b"Hello, world!")?;
    println!("Created the file {}", named.path().display());
    let mut unnamed = tempfile()?;
    unnamed.write_all(b"Nobody knows my name")?;
    println!("Created a file without a name.");
    println!("Now the program reads a file that is not there, and `?` leaves `main`.");
    let text = fs::read_to_string(dir.path().join("missing.txt"))?;
    unreachable!("read {} bytes from a file that was never written", text.len());
}
