//! Opens the file that is its first argument, for reading, with a temporary file open.
#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::{env, fs};

use scratch_tempfile::NamedTempFile;

fn main() -> io::Result<()> {
    let mut file = NamedTempFile::new()?;
    file.write_all(b"open")?;
    println!("ready");
    io::stdout().flush()?;
    fs::File::open(env::args().nth(1).expect("the first argument is a path"))?;
    Ok(())
}
