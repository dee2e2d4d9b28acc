//! Blocks where its first argument says, with a file and a temporary file open, until somebody ends it.
//!
//! Makes `/tmp/mark` right before. `read` returns when there is a line on standard input.
#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::time::Duration;
use std::{env, fs, thread};

use scratch_tempfile::NamedTempFile;

fn main() -> io::Result<()> {
    let mut temporary = NamedTempFile::new()?;
    temporary.write_all(b"open")?;
    let mut held = fs::File::create("/tmp/held")?;
    held.write_all(b"open")?;
    fs::write("/tmp/mark", "")?;
    let arguments: Vec<String> = env::args().collect();
    match arguments[1].as_str() {
        "read" => drop(io::stdin().read_line(&mut String::new())?),
        "sleep" => thread::sleep(Duration::from_secs(60 * 60)),
        "open" => drop(fs::File::open(&arguments[2])?),
        "stdout" => fill(io::stdout()),
        "stderr" => fill(io::stderr()),
        unknown => panic!("`{unknown}` is not a place to block at"),
    }
    Ok(())
}

/// Writes until there is an error.
fn fill(mut output: impl Write) {
    while output.write_all(&[b'x'; 4096]).is_ok() {}
}
