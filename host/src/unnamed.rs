//! Files without a name: the kernel deletes them when the last descriptor is closed, after a SIGKILL, too.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};

use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;

/// Only for the user under which the host runs, as `mkstemp` makes them.
pub(crate) const FILE_MODE: Mode = Mode::RUSR.union(Mode::WUSR);

/// Makes a file without a name on the file system of `dir`.
///
/// # Errors
///
/// [`is_unsupported`] where there are none, and those of `open`.
pub(crate) fn create(dir: impl AsFd) -> rustix::io::Result<OwnedFd> {
    rustix::fs::openat(dir, ".", OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC, FILE_MODE)
}

/// Gives a file a name, or another one, in `dir`: one that must not be taken.
///
/// # Errors
///
/// Those of `link`.
pub(crate) fn link(file: &File, dir: impl AsFd, name: &str) -> rustix::io::Result<()> {
    // The only way without a privilege: open(2), `O_TMPFILE`.
    rustix::fs::linkat(CWD, path_of(file), dir, name, AtFlags::SYMLINK_FOLLOW)
}

/// Opens the file anew: a cursor of its own, and the rights that `mode` says.
///
/// # Errors
///
/// `ENOENT` without `/proc`, and those of `open`.
pub(crate) fn reopen(file: &File, mode: OFlags) -> rustix::io::Result<OwnedFd> {
    rustix::fs::open(path_of(file), mode | OFlags::CLOEXEC, Mode::empty())
}

/// A path by which this process finds the open file, whatever its name is.
fn path_of(file: &File) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

/// Whether an error of [`create`] says that the file system has no such files: open(2), `O_TMPFILE`.
pub(crate) fn is_unsupported(error: Errno) -> bool {
    matches!(error, Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL)
}
