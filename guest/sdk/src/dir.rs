//! Temporary directories, and where everything lives.

use std::io;
use std::path::{Path, PathBuf};

use crate::Builder;
use crate::bindings::scratch::tempfile::space;
use crate::bindings::scratch::tempfile::types::{NamePattern, TemporaryDirectory};
use crate::error::failed_to;

/// Where temporary files with a name live. Creates nothing.
///
/// Python's `tempfile.gettempdir()`. `None` where no directory that the program sees shows them.
pub fn temp_dir() -> Option<PathBuf> {
    space::get_path().map(PathBuf::from)
}

/// Creates a temporary directory. The same as [`TempDir::new`].
///
/// # Errors
///
/// As [`TempDir::new`].
pub fn tempdir() -> io::Result<TempDir> {
    TempDir::new()
}

/// Creates a temporary directory inside of another. The same as [`TempDir::new_in`].
///
/// # Errors
///
/// As [`TempDir::new_in`].
pub fn tempdir_in(dir: &TempDir) -> io::Result<TempDir> {
    TempDir::new_in(dir)
}

/// A temporary directory, deleted with everything in it when dropped.
///
/// # Examples
///
/// ```no_run
/// # fn main() -> std::io::Result<()> {
/// let dir = scratch_tempfile::tempdir()?;
/// std::fs::write(dir.path().join("data.txt"), "Hello, world!")?;
/// dir.close()?; // the directory and `data.txt` are gone
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TempDir {
    handle: TemporaryDirectory,
    path: PathBuf,
}

impl TempDir {
    /// Creates a temporary directory with a name such as `tmp0123456789abc`.
    ///
    /// # Errors
    ///
    /// [`StorageFull`](io::ErrorKind::StorageFull) when the space has no room, [`Unsupported`](io::ErrorKind::Unsupported) where the program was granted
    /// none, or where no directory that it sees shows the space, so that there is no path.
    pub fn new() -> io::Result<Self> {
        Builder::new().tempdir()
    }

    /// Creates a temporary directory inside of another, and gone with it at the latest.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); [`NotFound`](io::ErrorKind::NotFound) if the outer directory is gone.
    pub fn new_in(dir: &TempDir) -> io::Result<Self> {
        Builder::new().tempdir_in(dir)
    }

    pub(crate) fn create(name: &NamePattern) -> io::Result<Self> {
        let created = TemporaryDirectory::create(name);
        Self::locate(created.map_err(failed_to("create a temporary directory"))?)
    }

    pub(crate) fn create_in(dir: &TempDir, name: &NamePattern) -> io::Result<Self> {
        let created = dir.handle.create_directory(name);
        Self::locate(created.map_err(failed_to("create a temporary directory in a temporary directory"))?)
    }

    fn locate(handle: TemporaryDirectory) -> io::Result<Self> {
        let path = handle
            .get_path()
            .map_err(failed_to("get the path of a temporary directory"))?;
        Ok(Self {
            handle,
            path: PathBuf::from(path),
        })
    }

    /// Where the directory is. Valid through [`std::fs`], for as long as this value lives.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The contract's own resource, for what this crate does not offer.
    pub fn as_handle(&self) -> &TemporaryDirectory {
        &self.handle
    }

    /// The contract's own resource, which deletes the directory when it is dropped; for its `keep` and `persist`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use scratch_tempfile::bindings::scratch::tempfile::types::TemporaryDirectory;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let dir = scratch_tempfile::tempdir()?;
    /// match TemporaryDirectory::keep(dir.into_handle()) {
    ///     Ok(path) => println!("{path} stays until the space ends"),
    ///     Err((handle, code)) => println!("{handle:?} is still temporary: {code}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_handle(self) -> TemporaryDirectory {
        self.handle
    }

    /// Deletes the directory with everything in it, and reports what a drop would hide.
    ///
    /// # Errors
    ///
    /// Whatever something in it could not be deleted for. The host takes care of what is left.
    pub fn close(self) -> io::Result<()> {
        TemporaryDirectory::close(self.handle).map_err(failed_to("delete a temporary directory"))
    }
}

impl AsRef<Path> for TempDir {
    fn as_ref(&self) -> &Path {
        self.path()
    }
}
