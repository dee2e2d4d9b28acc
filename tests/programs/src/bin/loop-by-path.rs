//! Makes a file by path and deletes it, as often as the first argument says.
#![forbid(unsafe_code)]

use std::path::Path;
use std::{env, fs, io};

use scratch_test_programs::number;

fn main() -> io::Result<()> {
    let rounds: u64 = number(1, "how many rounds");
    let tmp = env::var("TMPDIR").expect("`TMPDIR` is set");
    let path = Path::new(&tmp).join("by-path");
    for _ in 0..rounds {
        fs::write(&path, "by path")?;
        fs::remove_file(&path)?;
    }
    Ok(())
}
