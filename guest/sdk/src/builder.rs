//! What a temporary file or directory may be asked to be.

use std::io;

use crate::bindings::scratch::tempfile::types::{FileOptions, NamePattern};
use crate::{File, NamedTempFile, TempDir};

/// Creates temporary files and directories with a prefix, a suffix, or a share of memory.
///
/// | | default |
/// | --- | --- |
/// | [`prefix`](Self::prefix) | `tmp` |
/// | [`suffix`](Self::suffix) | empty |
/// | [`max_memory`](Self::max_memory) | the provider's choice |
///
/// # Examples
///
/// ```no_run
/// # fn main() -> std::io::Result<()> {
/// let image = scratch_tempfile::Builder::new().prefix("thumbnail-").suffix(".png").tempfile()?;
/// println!("{}", image.path().display()); // /tmp/thumbnail-0123456789abc.png
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Builder {
    options: FileOptions,
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// With every default.
    pub fn new() -> Self {
        let name = NamePattern {
            prefix: None,
            suffix: None,
        };
        Self {
            options: FileOptions { name, max_memory: None },
        }
    }

    /// What the name starts with, before the random characters. Default: `tmp`.
    pub fn prefix(&mut self, prefix: impl Into<String>) -> &mut Self {
        self.options.name.prefix = Some(prefix.into());
        self
    }

    /// What the name ends with, after the random characters. Default: empty.
    pub fn suffix(&mut self, suffix: impl Into<String>) -> &mut Self {
        self.options.name.suffix = Some(suffix.into());
        self
    }

    /// How many bytes a file may hold in memory; one byte more moves it to the disk. Default: the provider's choice. With
    /// 0 the file is on the disk from the start; so is any file with a path, whatever is said here.
    pub fn max_memory(&mut self, bytes: u64) -> &mut Self {
        self.options.max_memory = Some(bytes);
        self
    }

    /// Creates a temporary file with a path.
    ///
    /// # Errors
    ///
    /// As [`NamedTempFile::new`]; [`InvalidInput`](io::ErrorKind::InvalidInput) for a prefix or suffix that the contract refuses (see the
    /// crate's [Security](crate#security)). So do all the others here.
    pub fn tempfile(&self) -> io::Result<NamedTempFile> {
        NamedTempFile::name(self.unnamed_file()?)
    }

    /// Creates a temporary file with a path, inside of a temporary directory.
    ///
    /// # Errors
    ///
    /// As [`NamedTempFile::new_in`].
    pub fn tempfile_in(&self, dir: &TempDir) -> io::Result<NamedTempFile> {
        NamedTempFile::name(self.unnamed_file_in(dir)?)
    }

    /// Creates a temporary file that needs no path. Prefix and suffix are checked all the same.
    ///
    /// # Errors
    ///
    /// As [`tempfile()`](crate::tempfile()).
    pub fn unnamed_file(&self) -> io::Result<File> {
        File::create(&self.options)
    }

    /// Creates a temporary file that needs no path, and that belongs to a temporary directory.
    ///
    /// # Errors
    ///
    /// As [`tempfile_in`](crate::tempfile_in).
    pub fn unnamed_file_in(&self, dir: &TempDir) -> io::Result<File> {
        File::create_in(dir, &self.options)
    }

    /// Creates a temporary directory.
    ///
    /// # Errors
    ///
    /// As [`TempDir::new`].
    pub fn tempdir(&self) -> io::Result<TempDir> {
        TempDir::create(&self.options.name)
    }

    /// Creates a temporary directory inside of another.
    ///
    /// # Errors
    ///
    /// As [`TempDir::new_in`].
    pub fn tempdir_in(&self, dir: &TempDir) -> io::Result<TempDir> {
        TempDir::create_in(dir, &self.options.name)
    }
}
