//! Reading and writing files.

use crate::content::{DiskAccess, Extent, MAX_OFFSET, Start, Tier};
use crate::convert::to_u64;
use crate::descriptor::Descriptor;
use crate::error::{Error, Result};

/// Checks that a range neither begins nor ends beyond the largest offset.
fn check_range(offset: u64, length: usize) -> Result<()> {
    match offset.checked_add(to_u64(length)) {
        Some(end) if end <= MAX_OFFSET => Ok(()),
        _ => Err(Error::Invalid),
    }
}

impl Descriptor {
    /// Reads bytes from an offset into a buffer. Returns the number of bytes that were read, which is less than the buffer's length
    /// only at the end of the file.
    ///
    /// Each MiB is read atomically with respect to writes.
    ///
    /// # Errors
    ///
    /// * `BadDescriptor`: this is a directory, or not open for reading.
    /// * `Invalid`: the range ends beyond the largest offset.
    /// * `Io`: the disk fails.
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let content = self.content()?;
        if offset > MAX_OFFSET {
            return Err(Error::Invalid);
        }
        if !self.granted().read {
            return Err(Error::BadDescriptor);
        }
        check_range(offset, buffer.len())?;
        content.read(self.volume().storage(), offset, buffer)
    }

    /// Writes as much data as there is room for. Returns the number of bytes that were written, which is 0 only for empty data.
    ///
    /// Each MiB is written atomically with respect to reads and other writes.
    ///
    /// # Errors
    ///
    /// * `BadDescriptor`: this is a directory, or not open for writing.
    /// * `Invalid`: the range ends beyond the largest offset.
    /// * `InsufficientSpace`, `FileTooLarge`: there is no room for a single byte.
    /// * `InsufficientMemory`: the host has no memory.
    /// * `Busy`: the file is being persisted.
    /// * `Io`: the disk fails.
    pub fn write(&self, offset: u64, data: &[u8]) -> Result<usize> {
        self.write_from(Start::At(offset), data, Extent::Fitting)
    }

    /// Writes all data, or nothing.
    ///
    /// Up to 1 MiB is written atomically. Longer data gets all its room first, and is then written in steps of 1 MiB. A part of it can
    /// be written only if another descriptor truncates the file meanwhile, if the file is persisted meanwhile, or if the disk fails.
    ///
    /// # Errors
    ///
    /// Those of [`Descriptor::write`]. `InsufficientSpace` and `FileTooLarge` mean that there is no room for all of the data.
    pub fn write_all(&self, offset: u64, data: &[u8]) -> Result<()> {
        self.write_from(Start::At(offset), data, Extent::All).map(|_| ())
    }

    /// Appends as much data to the file as there is room for, as [`Descriptor::write`] does. Returns the number of bytes that were
    /// written.
    ///
    /// # Errors
    ///
    /// Those of [`Descriptor::write`].
    pub fn append(&self, data: &[u8]) -> Result<usize> {
        self.write_from(Start::End, data, Extent::Fitting)
    }

    /// Appends all data to the file in one piece, or nothing, as [`Descriptor::write_all`] does.
    ///
    /// # Errors
    ///
    /// Those of [`Descriptor::write_all`].
    pub fn append_all(&self, data: &[u8]) -> Result<()> {
        self.write_from(Start::End, data, Extent::All).map(|_| ())
    }

    fn write_from(&self, start: Start, data: &[u8], extent: Extent) -> Result<usize> {
        let content = self.content()?;
        if matches!(start, Start::At(offset) if offset > MAX_OFFSET) {
            return Err(Error::Invalid);
        }
        if !self.granted().write {
            return Err(Error::BadDescriptor);
        }
        if let Start::At(offset) = start {
            check_range(offset, data.len())?;
        }
        let now = self.volume().now();
        if data.is_empty() {
            drop(self.lock()?);
            return Ok(0);
        }
        content.write(self.volume().storage(), start, data, extent, now)
    }

    /// Sets the size of the file. Bytes that are added read as zeros, are charged, and take no memory.
    ///
    /// # Errors
    ///
    /// * `BadDescriptor`: this is a directory.
    /// * `Invalid`: the file is not open for writing, or the size is above the largest offset.
    /// * `InsufficientSpace`, `FileTooLarge`: there is no room.
    /// * `Busy`: the file is being persisted.
    /// * `Io`: the disk fails.
    pub fn set_size(&self, size: u64) -> Result<()> {
        let content = self.content()?;
        if size > MAX_OFFSET || !self.granted().write {
            return Err(Error::Invalid);
        }
        let now = self.volume().now();
        let _change = self.volume().begin_change();
        content.set_size(self.volume().storage(), size, now)
    }

    /// Returns where the content of the file is.
    ///
    /// # Errors
    ///
    /// `BadDescriptor` if this is a directory.
    pub fn tier(&self) -> Result<Tier> {
        self.content()?.tier()
    }

    /// Sets the memory beyond which this file moves to disk, in bytes. The next write that needs more moves it. The limits of the space
    /// and its budgets apply as well.
    ///
    /// # Errors
    ///
    /// `BadDescriptor` if this is a directory.
    pub fn set_max_memory(&self, bytes: u64) -> Result<()> {
        self.content()?.set_max_memory(bytes);
        Ok(())
    }

    /// Moves the content of the file to disk. In a space without a spill directory, it stays in memory.
    ///
    /// # Errors
    ///
    /// * `BadDescriptor`: this is a directory.
    /// * `InsufficientSpace`, `InsufficientMemory`, `Io`: the disk refuses. The content stays in memory.
    pub fn move_to_disk(&self) -> Result<()> {
        let _change = self.volume().begin_change();
        self.content()?.move_to_disk(self.volume().storage())
    }

    /// Returns an upper bound of the bytes that a read or write would copy from or to the disk. It is 0 if only memory is used.
    ///
    /// A caller that must not block its thread for long can take calls with more than it wants to wait for to another thread. A call that
    /// moves the content out of memory counts all of it. Opening a file, closing it and changing its size copy nothing.
    ///
    /// # Errors
    ///
    /// `BadDescriptor` if this is a directory.
    pub fn disk_bytes(&self, access: DiskAccess, offset: u64, length: usize) -> Result<u64> {
        Ok(self
            .content()?
            .disk_bytes(self.volume().storage(), access, offset, length))
    }

    /// Does nothing, because a space does not survive the process anyway.
    ///
    /// # Errors
    ///
    /// `NoEntry` after the space has ended or was reset.
    pub fn sync(&self) -> Result<()> {
        drop(self.lock()?);
        Ok(())
    }

    /// Does nothing, as [`Descriptor::sync`] does.
    ///
    /// # Errors
    ///
    /// `NoEntry` after the space has ended or was reset.
    pub fn sync_data(&self) -> Result<()> {
        self.sync()
    }

    /// Ignores advice about how the file will be used.
    ///
    /// # Errors
    ///
    /// `BadDescriptor` if this is a directory.
    pub fn advise(&self) -> Result<()> {
        self.content()?;
        self.sync()
    }
}
