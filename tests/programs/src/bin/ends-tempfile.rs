//! Makes a directory with two files, and a file with a name beside it. With all of them open it ends as its last argument says:
//! `return`, `error`, `trap`, `memory` (it takes all that there is), or `spin` (until somebody else ends it).
//!
//! Says `ready` before it does. Works in the directory that `TMPDIR` names. `ends` is the same with handles.
#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::{env, fs, hint, process};

use tempfile::{NamedTempFile, TempDir};

pub(crate) fn main() -> io::Result<()> {
    // On WASI the standard library knows no directory for temporary files, and panics.
    let place = env::var_os("TMPDIR").expect("`TMPDIR` is set");
    let dir = TempDir::new_in(&place)?;
    for name in ["one.txt", "two.txt"] {
        fs::write(
            dir.path().join(name),
            "Some data, for as long as the directory lives.\n",
        )?;
    }
    let mut file = NamedTempFile::new_in(&place)?;
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
