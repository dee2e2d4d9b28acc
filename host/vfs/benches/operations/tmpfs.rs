//! A directory on tmpfs to compare with.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// A new directory on tmpfs, which is removed on drop.
pub(crate) struct Tmpfs(PathBuf);

impl Tmpfs {
    /// Makes a directory on the first tmpfs that lets us, with `/dev/shm` before others. Says so if there is none.
    pub(crate) fn new() -> Option<Self> {
        let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
        let mut points: Vec<_> = mounts
            .lines()
            .filter_map(|line| match line.split(' ').collect::<Vec<_>>()[..] {
                [_, point, "tmpfs", ..] => Some(Path::new(point)),
                _ => None,
            })
            .collect();
        points.sort_by_key(|point| *point != Path::new("/dev/shm"));
        let directory = format!("scratch-vfs-{}", std::process::id());
        let made = points
            .iter()
            .map(|point| point.join(&directory))
            .find(|path| std::fs::create_dir(path).is_ok());
        if made.is_none() {
            eprintln!("skipped: there is no tmpfs to compare with");
        }
        made.map(Self)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Creates a file, or opens it.
    pub(crate) fn create(&self, name: &str) -> File {
        OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(self.path(name))
            .expect("the file can be made")
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("failed to remove {}: {error}", self.0.display());
        }
    }
}

#[cfg(unix)]
pub(crate) fn read_at(file: &File, buffer: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, 0)
}

#[cfg(unix)]
pub(crate) fn write_at(file: &File, data: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, data, 0)
}

#[cfg(not(unix))]
pub(crate) fn read_at(_file: &File, _buffer: &mut [u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
pub(crate) fn write_at(_file: &File, _data: &[u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
