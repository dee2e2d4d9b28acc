//! Makes a file by path and deletes it, as often as the first argument says.
#![forbid(unsafe_code)]

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let rounds = env::args().nth(1).and_then(|rounds| rounds.parse().ok());
    let rounds: u64 = rounds.expect("the first argument is a number");
    let tmp = env::var("TMPDIR").expect("`TMPDIR` is set");
    let path = Path::new(&tmp).join("by-path");
    for _ in 0..rounds {
        fs::write(&path, "by path")?;
        fs::remove_file(&path)?;
    }
    Ok(())
}
