//! Files that the command writes: whole or not at all.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use rustix::fs::OFlags;

/// The permissions of a new file, before the umask.
const NEW_FILE: u32 = 0o666;

/// Looks whether a file can be written to `path`, before there is anything to write.
///
/// # Errors
///
/// If its directory does not exist, or `path` is a directory.
pub(crate) fn verify(path: &Path) -> Result<()> {
    let parent = parent(path);
    ensure!(
        parent.is_dir(),
        "failed to write to `{}`: there is no directory `{}`",
        path.display(),
        parent.display()
    );
    ensure!(
        !path.is_dir(),
        "failed to write to `{}`: it is a directory",
        path.display()
    );
    Ok(())
}

/// Writes `content` to `path`. A regular file is replaced in one step, so that a reader finds the old content or the new. What is
/// something else, a link among it, is written to at its end: it may be a log, a terminal or a pipe.
///
/// # Errors
///
/// Of the system, naming the file.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<()> {
    let is_replaced = fs::symlink_metadata(path).map_or(true, |found| found.is_file());
    let written = match is_replaced {
        true => replace(path, content),
        false => append(path, content),
    };
    written.with_context(|| format!("failed to write to `{}`", path.display()))
}

fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new()
        .prefix(".scratch-")
        .permissions(Permissions::from_mode(NEW_FILE))
        .tempfile_in(parent(path))?;
    file.write_all(content)?;
    file.persist(path)?;
    Ok(())
}

fn append(path: &Path, content: &[u8]) -> io::Result<()> {
    // Never waits: a FIFO that nobody reads is an error.
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let mut file = OpenOptions::new().append(true).custom_flags(flags).open(path)?;
    file.write_all(content)
}

fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}
