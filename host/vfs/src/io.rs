//! Reading and writing files.

use crate::content::{Extent, MAX_OFFSET, Start};
use crate::convert::to_u64;
use crate::descriptor::Descriptor;
use crate::error::{Error, Result};

/// A part of a file that neither begins nor ends behind the largest offset.
fn check_range(offset: u64, length: usize) -> Result<()> {
    match offset.checked_add(to_u64(length)) {
        Some(end) if end <= MAX_OFFSET => Ok(()),
        _ => Err(Error::Invalid),
    }
}

impl Descriptor {
    /// Copies bytes from an offset on to a buffer. Returns how many there were; fewer than asked for only at the end of the file.
    ///
    /// Each MiB is read at once: nobody writes meanwhile.
    ///
    /// # Errors
    ///
    /// `BadDescriptor` if this is a directory, or not open for reading; `Invalid` behind the largest offset; `Io` if the disk fails.
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let content = self.content()?;
        if offset > MAX_OFFSET {
            return Err(Error::Invalid);
        }
        if !self.granted().read {
            return Err(Error::BadDescriptor);
        }
        check_range(offset, buffer.len())?;
        content.read(offset, buffer)
    }

    /// Writes as much as there is room for, and at least one byte of what is not empty. Returns how much that was.
    ///
    /// Each MiB is written at once: nobody reads or writes meanwhile.
    ///
    /// # Errors
    ///
    /// * `BadDescriptor`: this is a directory, or not open for writing.
    /// * `Invalid`: the range ends behind the largest offset.
    /// * `InsufficientSpace`, `FileTooLarge`: there is no room for a single byte.
    /// * `InsufficientMemory`, `Io`: the host has no memory, the disk fails.
    pub fn write(&self, offset: u64, data: &[u8]) -> Result<usize> {
        self.write_from(Start::At(offset), data, Extent::Fitting)
    }

    /// Writes all data, or nothing.
    ///
    /// Up to 1 MiB is written at once. Whatever is longer gets all its room first, and is written in steps of 1 MiB then; only
    /// somebody who truncates the file meanwhile, or a disk that fails, can leave a part.
    ///
    /// # Errors
    ///
    /// As [`Descriptor::write`], if there is no room for all of it.
    pub fn write_all(&self, offset: u64, data: &[u8]) -> Result<()> {
        self.write_from(Start::At(offset), data, Extent::All).map(|_| ())
    }

    /// Writes at the end of the file as much as there is room for, as [`Descriptor::write`] does. Returns how much that was.
    ///
    /// # Errors
    ///
    /// As [`Descriptor::write`].
    pub fn append(&self, data: &[u8]) -> Result<usize> {
        self.write_from(Start::End, data, Extent::Fitting)
    }

    /// Writes all data at the end of the file, in one piece, or nothing, as [`Descriptor::write_all`] does.
    ///
    /// # Errors
    ///
    /// As [`Descriptor::write`].
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

    /// Sets the size of the file. What is added reads as zeros, is charged, and takes no memory.
    ///
    /// # Errors
    ///
    /// * `BadDescriptor`: this is a directory.
    /// * `Invalid`: it is not open for writing, or the size is above the largest offset.
    /// * `InsufficientSpace`, `FileTooLarge`: there is no room.
    /// * `Io`: the disk fails.
    pub fn set_size(&self, size: u64) -> Result<()> {
        let content = self.content()?;
        if size > MAX_OFFSET || !self.granted().write {
            return Err(Error::Invalid);
        }
        let now = self.volume().now();
        content.set_size(self.volume().storage(), size, now)
    }

    /// Does nothing, because nothing of a space survives the process anyway.
    ///
    /// # Errors
    ///
    /// Only those of every operation.
    pub fn sync(&self) -> Result<()> {
        drop(self.lock()?);
        Ok(())
    }

    /// Does nothing, as [`Descriptor::sync`].
    ///
    /// # Errors
    ///
    /// Only those of every operation.
    pub fn sync_data(&self) -> Result<()> {
        self.sync()
    }

    /// Does nothing with the advice.
    ///
    /// # Errors
    ///
    /// `BadDescriptor` if this is a directory.
    pub fn advise(&self) -> Result<()> {
        self.content()?;
        self.sync()
    }
}
