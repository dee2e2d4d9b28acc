//! Directories by descriptor and name, never through a link.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::path::Arg;

/// Opens the directory `name` in `parent`.
pub(crate) fn open(parent: impl AsFd, name: impl Arg) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(parent, name, flags, Mode::empty())
}

/// Makes the directory `name` in `parent`, for us alone, and opens it.
pub(crate) fn make(parent: impl AsFd, name: &str) -> rustix::io::Result<OwnedFd> {
    rustix::fs::mkdirat(&parent, name, Mode::RWXU)?;
    open(parent, name)
}

/// Opens the directory at the relative path `path`, no part of which may be a link.
pub(crate) fn open_beneath(root: BorrowedFd<'_>, path: &str) -> rustix::io::Result<OwnedFd> {
    open_each(root, path, |dir, name| open(dir, name))
}

/// Opens the directory at the relative path `path` with `open`, name by name.
pub(crate) fn open_each<D: AsFd, E>(
    root: BorrowedFd<'_>,
    path: &str,
    open: impl Fn(BorrowedFd<'_>, &str) -> Result<D, E>,
) -> Result<D, E> {
    let mut parts = path.split('/');
    let mut dir = open(root, parts.next().unwrap_or("."))?;
    for part in parts {
        dir = open(dir.as_fd(), part)?;
    }
    Ok(dir)
}
