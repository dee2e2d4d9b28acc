//! Makes a directory with two files, and a file with a name beside it. With all of them open it ends as its last argument says:
//! `return`, `error`, `trap`, `memory` (it takes all that there is), or `spin` (until somebody else ends it).
//!
//! Says `ready` before it does. `ends-tempfile` is the same with the crate `tempfile`.
#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::{env, fs, hint, process};

use scratch_tempfile::{NamedTempFile, TempDir};

fn main() -> io::Result<()> {
    let dir = TempDir::new()?;
    for name in ["one.txt", "two.txt"] {
        fs::write(
            dir.path().join(name),
            "Some data, for as long as the directory lives.\n",
        )?;
    }
    let mut file = NamedTempFile::new()?;
    file.write_all(b"Hello, world!")?;
    println!("ready");
    io::stdout().flush()?;

    match env::args().next_back().as_deref() {
        Some("return") => Ok(()),
        Some("error") => Err(io::Error::other("an error, on purpose")),
        Some("trap") => process::abort(),
        Some("memory") => {
            let mut hoard = Vec::new();
            loop {
                hoard.push(vec![0x5a; 1 << 20]);
                hint::black_box(&hoard);
            }
        }
        Some("spin") => loop {
            hint::spin_loop();
        },
        other => panic!("no such end: {other:?}"),
    }
}
