//! Has 2,000 temporary files and 2,000 temporary directories, with a file each, alive at once, and drops them in an odd order.
//!
//! 6,000 entries: more than the default limits of a service allow.
#![forbid(unsafe_code)]

use std::fs;
use std::io::{self, Read, Seek, Write};

use scratch_tempfile::TempDir;
use scratch_test_programs::{names_in_space, storage};

const COUNT: usize = 2_000;

fn main() -> io::Result<()> {
    let before = names_in_space()?;
    let storage = storage();
    let mut files = Vec::new();
    let mut dirs = Vec::new();
    for number in 0..COUNT {
        let mut file = storage.unnamed_file()?;
        write!(file, "{number}")?;
        files.push(Some(file));
        let dir = TempDir::new()?;
        fs::write(dir.path().join("data.txt"), number.to_string())?;
        dirs.push(Some(dir));
    }

    // Every one still has what was written to it.
    for (number, (file, dir)) in files.iter_mut().zip(&dirs).enumerate() {
        let (file, dir) = file.as_mut().zip(dir.as_ref()).expect("both are alive");
        let mut text = String::new();
        file.rewind()?;
        file.read_to_string(&mut text)?;
        assert_eq!(text, number.to_string(), "file {number} holds something else");
        let text = fs::read_to_string(dir.path().join("data.txt"))?;
        assert_eq!(text, number.to_string(), "directory {number} holds something else");
    }

    // 977 has no factor in common with 2,000, so the steps visit each once.
    for step in 0..COUNT {
        files[step * 977 % COUNT] = None;
        dirs[(step * 977 + COUNT / 2) % COUNT] = None;
    }
    assert!(files.iter().all(Option::is_none) && dirs.iter().all(Option::is_none));
    assert_eq!(names_in_space()?, before, "something is left");
    println!("ok");
    Ok(())
}
