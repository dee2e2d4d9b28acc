//! Writes a file in the directory that `TMPDIR` names, and leaves it there.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let place = env::var_os("TMPDIR").expect("`TMPDIR` is set");
    fs::write(PathBuf::from(place).join("data.txt"), "left behind")
}
