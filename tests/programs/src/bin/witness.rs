//! Holds a directory with files, a directory in it and a file with a name open, and for every line on standard input looks
//! whether all is as it was and says `ok`. Says `ready` first.
#![forbid(unsafe_code)]

use std::fs;
use std::io::{self, Read, Seek, Write};

use scratch_tempfile::{NamedTempFile, TempDir};

/// As many files of this, each with another first byte.
const FILES: u8 = 8;
const CONTENT: [u8; 5000] = [b'.'; 5000];

fn main() -> io::Result<()> {
    let outer = TempDir::new()?;
    let inner = TempDir::new_in(&outer)?;
    let mut named = NamedTempFile::new()?;
    named.write_all(&CONTENT)?;
    for dir in [&outer, &inner] {
        for number in 0..FILES {
            fs::write(dir.path().join(number.to_string()), content(number))?;
        }
    }
    println!("ready");
    for line in io::stdin().lines() {
        line?;
        for (dir, count) in [(&outer, 9), (&inner, 8)] {
            for number in 0..FILES {
                assert_eq!(fs::read(dir.path().join(number.to_string()))?, content(number));
            }
            assert_eq!(fs::read_dir(dir.path())?.count(), count);
        }
        let mut bytes = Vec::new();
        named.rewind()?;
        named.read_to_end(&mut bytes)?;
        assert_eq!(bytes, CONTENT);
        assert_eq!(fs::read(named.path())?, CONTENT);
        println!("ok");
    }
    Ok(())
}

fn content(number: u8) -> [u8; 5000] {
    let mut content = CONTENT;
    content[0] = b'0' + number;
    content
}
