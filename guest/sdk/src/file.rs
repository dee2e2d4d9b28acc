//! Temporary files: one without a name, and one with.

use std::cell::Cell;
use std::fs;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::Builder;
use crate::TempDir;
use crate::bindings::scratch::tempfile::types::{FileOptions, TemporaryFile};
use crate::error::failed_to;

/// Bytes that one call carries at most, 1 MiB. The contract returns no more from one read, and a provider has to hold what
/// one write hands to it. Larger buffers take several calls, as [`Read`] and [`Write`] allow.
const MAX_TRANSFER: usize = 1 << 20;

/// Creates a temporary file without a name.
///
/// It is held in memory while it is small (how small is the provider's choice: see [`Builder::max_memory`]), and moves
/// to the disk beyond that. It is deleted when the value is dropped.
///
/// # Errors
///
/// [`StorageFull`](ErrorKind::StorageFull) when the space has no room, [`QuotaExceeded`](ErrorKind::QuotaExceeded) at its limit of open
/// files, [`Unsupported`](ErrorKind::Unsupported) where the program was granted none.
pub fn tempfile() -> io::Result<File> {
    Builder::new().unnamed_file()
}

/// Creates a temporary file without a name that belongs to `dir`, and is gone with it at the latest.
///
/// # Errors
///
/// As [`tempfile()`]; [`NotFound`](ErrorKind::NotFound) if the directory is gone.
pub fn tempfile_in(dir: &TempDir) -> io::Result<File> {
    Builder::new().unnamed_file_in(dir)
}

/// Creates a temporary file without a name that is held in memory up to `max_memory` bytes; one byte more moves it to
/// the disk. With 0 it is on the disk from the start.
///
/// # Errors
///
/// As [`tempfile()`].
pub fn spooled_tempfile(max_memory: u64) -> io::Result<File> {
    Builder::new().max_memory(max_memory).unnamed_file()
}

/// A temporary file without a name, deleted when dropped. Made by [`tempfile()`] and [`Builder::unnamed_file`].
///
/// [`Read`], [`Write`] and [`Seek`] share one cursor, as in [`std::fs::File`], also through a `&File`. Writes are not buffered here, so [`flush`](Write::flush)
/// has nothing to do; many small reads and writes want a [`BufReader`](io::BufReader) and a [`BufWriter`](io::BufWriter).
#[derive(Debug)]
pub struct File {
    handle: TemporaryFile,
    position: Cell<u64>,
}

impl File {
    pub(crate) fn create(options: &FileOptions) -> io::Result<Self> {
        let created = TemporaryFile::create(options);
        created
            .map(Self::at_start)
            .map_err(failed_to("create a temporary file"))
    }

    pub(crate) fn create_in(dir: &TempDir, options: &FileOptions) -> io::Result<Self> {
        let created = dir.as_handle().create_file(options);
        created
            .map(Self::at_start)
            .map_err(failed_to("create a temporary file in a temporary directory"))
    }

    fn at_start(handle: TemporaryFile) -> Self {
        Self {
            handle,
            position: Cell::new(0),
        }
    }

    /// The size in bytes.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ErrorKind::NotFound) if the file belongs to a directory that is gone. So does every other operation on it.
    pub fn len(&self) -> io::Result<u64> {
        self.handle
            .get_size()
            .map_err(failed_to("get the size of a temporary file"))
    }

    /// Whether the size is 0.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Cuts the file, or extends it with zeroes. The cursor stays where it is.
    ///
    /// # Errors
    ///
    /// [`StorageFull`](ErrorKind::StorageFull) or [`FileTooLarge`](ErrorKind::FileTooLarge) if the new size is beyond a limit; the file is then unchanged.
    pub fn set_len(&self, size: u64) -> io::Result<()> {
        self.handle
            .set_size(size)
            .map_err(failed_to("set the size of a temporary file"))
    }

    /// Whether the content is held in memory, rather than on the disk.
    pub fn is_in_memory(&self) -> bool {
        self.handle.is_in_memory()
    }

    /// The contract's own resource, for what this crate does not offer: streams and descriptors.
    pub fn as_handle(&self) -> &TemporaryFile {
        &self.handle
    }

    /// The contract's own resource, which deletes the file when it is dropped; for its `keep` and `persist`.
    pub fn into_handle(self) -> TemporaryFile {
        self.handle
    }

    /// Deletes the file, and reports what a drop would hide.
    ///
    /// # Errors
    ///
    /// Whatever the file could not be deleted for. The host takes care of what is left.
    pub fn close(self) -> io::Result<()> {
        TemporaryFile::close(self.handle).map_err(failed_to("delete a temporary file"))
    }

    fn path(&self) -> io::Result<PathBuf> {
        let path = self.handle.get_path();
        path.map(PathBuf::from)
            .map_err(failed_to("get the path of a temporary file"))
    }

    /// Moves the cursor past `count` bytes that were read or written.
    fn advance(&self, count: usize) -> io::Result<()> {
        let count = u64::try_from(count).map_err(io::Error::other)?;
        let position = self.position.get().checked_add(count);
        self.position
            .set(position.ok_or_else(|| io::Error::from(ErrorKind::FileTooLarge))?);
        Ok(())
    }
}

impl Read for &File {
    /// Reads at most 1 MiB.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = u64::try_from(buffer.len().min(MAX_TRANSFER)).map_err(io::Error::other)?;
        let bytes = self.handle.read(length, self.position.get());
        let bytes = bytes.map_err(failed_to("read from a temporary file"))?;
        let target = buffer.get_mut(..bytes.len()).ok_or_else(|| {
            io::Error::new(
                ErrorKind::InvalidData,
                "the provider returned more bytes than were asked for",
            )
        })?;
        target.copy_from_slice(&bytes);
        self.advance(bytes.len())?;
        Ok(bytes.len())
    }
}

impl Write for &File {
    /// Writes at most 1 MiB.
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let bytes = &buffer[..buffer.len().min(MAX_TRANSFER)];
        let written = self.handle.write(bytes, self.position.get());
        written.map_err(failed_to("write to a temporary file"))?;
        self.advance(bytes.len())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for &File {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        let position = match target {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(delta) => self.position.get().checked_add_signed(delta),
            SeekFrom::End(delta) => self.len()?.checked_add_signed(delta),
        };
        let outside = || io::Error::new(ErrorKind::InvalidInput, "seek to a negative or overflowing position");
        let position = position.ok_or_else(outside)?;
        self.position.set(position);
        Ok(position)
    }
}

impl Read for File {
    /// Reads at most 1 MiB.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buffer)
    }
}

impl Write for File {
    /// Writes at most 1 MiB.
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        (&*self).write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for File {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        (&*self).seek(target)
    }
}

/// A temporary file with a path, deleted when dropped.
///
/// The path is valid through [`std::fs`], for as long as this value lives.
///
/// # Examples
///
/// ```no_run
/// use std::io::Write;
///
/// # fn main() -> std::io::Result<()> {
/// let mut file = scratch_tempfile::NamedTempFile::new()?;
/// file.write_all(b"Hello, world!")?;
/// assert_eq!(std::fs::read(file.path())?, b"Hello, world!");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct NamedTempFile {
    file: File,
    path: PathBuf,
}

impl NamedTempFile {
    /// Creates a temporary file with a name such as `tmp0123456789abc`.
    ///
    /// # Errors
    ///
    /// As [`tempfile()`]; also [`Unsupported`](ErrorKind::Unsupported) where no directory that the program sees shows the space, so that there is no path.
    pub fn new() -> io::Result<Self> {
        Builder::new().tempfile()
    }

    /// Creates a temporary file with a name, inside of a temporary directory.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); [`NotFound`](ErrorKind::NotFound) if the directory is gone.
    pub fn new_in(dir: &TempDir) -> io::Result<Self> {
        Builder::new().tempfile_in(dir)
    }

    pub(crate) fn name(file: File) -> io::Result<Self> {
        let path = file.path()?;
        Ok(Self { file, path })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file behind the name.
    pub fn as_file(&self) -> &File {
        &self.file
    }

    /// The file behind the name, for reading and writing.
    pub fn as_file_mut(&mut self) -> &mut File {
        &mut self.file
    }

    /// Opens the file once more, by its path, with a cursor of its own, for reading and writing.
    ///
    /// The descriptor does not keep the file: it is deleted when this value is dropped, open or not.
    ///
    /// # Errors
    ///
    /// Those of [`std::fs::OpenOptions::open`], such as [`NotFound`](ErrorKind::NotFound) if somebody removed or moved the file.
    pub fn reopen(&self) -> io::Result<fs::File> {
        fs::OpenOptions::new().read(true).write(true).open(&self.path)
    }

    /// The contract's own resource, as [`File::as_handle`].
    pub fn as_handle(&self) -> &TemporaryFile {
        self.file.as_handle()
    }

    /// The contract's own resource, as [`File::into_handle`]. The path stays valid while that lives.
    pub fn into_handle(self) -> TemporaryFile {
        self.file.into_handle()
    }

    /// Deletes the file, and reports what a drop would hide.
    ///
    /// # Errors
    ///
    /// As [`File::close`].
    pub fn close(self) -> io::Result<()> {
        self.file.close()
    }
}

impl AsRef<Path> for NamedTempFile {
    fn as_ref(&self) -> &Path {
        self.path()
    }
}

impl Read for NamedTempFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Write for NamedTempFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.file.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for NamedTempFile {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.file.seek(target)
    }
}

impl Read for &NamedTempFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&self.file).read(buffer)
    }
}

impl Write for &NamedTempFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        (&self.file).write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&self.file).flush()
    }
}

impl Seek for &NamedTempFile {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        (&self.file).seek(target)
    }
}
