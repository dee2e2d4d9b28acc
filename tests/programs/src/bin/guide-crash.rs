//! The scenes of `guide`, ended by a trap in the middle with everything open.
#![forbid(unsafe_code)]

use std::fs;
use std::io::{self, Write};

use scratch_tempfile::{NamedTempFile, TempDir, tempfile};

fn main() -> io::Result<()> {
    let dir = TempDir::new()?;
    println!("Created the directory {}", dir.path().display());
    fs::write(dir.path().join("data.txt"), "Half of the dat")?;
    println!("  and wrote data.txt in it.");
    let mut named = NamedTempFile::new()?;
    named.write_all(b"Hello, wor")?;
    println!("Created the file {}", named.path().display());
    let mut unnamed = tempfile()?;
    unnamed.write_all(b"Nobody knows my name")?;
    println!("Created a file without a name.");
    println!("Now the program crashes, with all of them open.");
    io::stdout().flush()?;
    panic!("crashed on purpose, half-way through");
}
