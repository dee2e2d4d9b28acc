//! Writes files of 1 MiB by path and by handle, and stretches one, where the host may not make files that large. Prints how each
//! attempt ended, and goes on.
#![forbid(unsafe_code)]

use std::fs::{self, File};
use std::io::{self, Write};

use scratch_tempfile::NamedTempFile;

const SIZE: usize = 1 << 20;

fn main() -> io::Result<()> {
    report("by path", fs::write("/tmp/large", vec![b'x'; SIZE]));
    report("stretched", File::create("/tmp/stretched")?.set_len(1 << 20));
    let mut file = NamedTempFile::new()?;
    // On disk from now on.
    file.path();
    report(
        "by handle",
        file.write_all(&vec![b'x'; SIZE]).and_then(|()| file.flush()),
    );
    fs::write("/tmp/small", "small")?;
    assert_eq!(fs::read("/tmp/small")?, b"small");
    println!("finished");
    Ok(())
}

fn report(attempt: &str, result: io::Result<()>) {
    match result {
        Ok(()) => println!("{attempt}: written"),
        Err(error) => println!("{attempt}: {}", error.kind()),
    }
}
