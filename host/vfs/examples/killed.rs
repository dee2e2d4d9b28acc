//! Fills a space beyond its memory, persists one file, and is killed. Nothing but that file is left.

use scratch_vfs::{Budget, Limits, OpenOptions, PersistOptions, Space, SpillDirectory, Target};
use std::error::Error;
use std::fs::File;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let process = Budget::with_spill(Limits::none(), SpillDirectory::open(&folder)?);
    let limits = Limits::builder().bytes(1 << 30).memory(4 << 20).build()?;
    let space = Space::builder(&process).limits(limits).build()?;
    let root = space.root()?;
    let options = OpenOptions::new().create(true).read(true).write(true);

    // 40 MiB, of which at most 4 MiB are in memory. The rest is in files that have no name.
    for number in 0..40 {
        let file = root.open_at(format!("file-{number}"), &options)?;
        file.write_all(0, &vec![1; 1 << 20])?;
    }
    println!(
        "{} bytes are on disk",
        space.usage().slots.used + space.usage().own_files.used
    );

    // One file is worth keeping. It appears whole, or not at all.
    let result = root.open_at("result", &options)?;
    result.write_all(0, b"42")?;
    space.persist_file(
        &result,
        &Target::new(File::open(&folder)?, "result")?,
        PersistOptions::new(),
    )?;

    // No destructor runs, and nobody cleans up later.
    std::process::abort()
}
