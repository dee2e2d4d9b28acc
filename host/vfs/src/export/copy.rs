//! Copies of contents to files of the host, in steps.

use super::system;
use crate::account::Account;
use crate::content::{Body, Content, STEP};
use crate::convert::{to_u64, to_usize};
use crate::disk::DiskContent;
use crate::error::Error;
use crate::memory::Memory;
use crate::spill::NamelessFile;
use std::fs::File;
use std::io;
use std::sync::Arc;

/// A copy in progress. Holes stay holes.
#[derive(Debug)]
pub(super) struct Copy {
    content: Arc<Content>,
    offset: u64,
}

/// Describes why a copy failed.
#[derive(Debug)]
pub(super) enum CopyError {
    Host(io::Error),
    Space(Error),
}

impl From<io::Error> for CopyError {
    fn from(error: io::Error) -> Self {
        Self::Host(error)
    }
}

impl From<Error> for CopyError {
    fn from(error: Error) -> Self {
        Self::Space(error)
    }
}

impl Copy {
    pub(super) fn new(content: Arc<Content>) -> Self {
        Self { content, offset: 0 }
    }

    /// Copies at most [`STEP`] bytes. Returns the size of the file when everything is copied.
    ///
    /// The lock of the content is held meanwhile, so the step is atomic with respect to writes.
    pub(super) fn step(&mut self, account: &Account, to: &File) -> Result<Option<u64>, CopyError> {
        let offset = self.offset;
        let (next, size) = self.content.inspect(|body, size| -> Result<(u64, u64), CopyError> {
            system::check_size(size)?;
            let next = match body {
                Body::Ended => return Err(Error::NoEntry.into()),
                Body::Memory(memory) => copy_memory(memory, to, offset)?,
                Body::Moving(moving) => copy_memory(&moving.memory, to, offset)?,
                Body::Disk(disk) => copy_disk(disk, account, to, offset, size)?,
            };
            Ok((next.unwrap_or(size), size))
        })?;
        self.offset = next;
        if next < size {
            return Ok(None);
        }
        // The file may end in a hole, or may have become shorter.
        to.set_len(size)?;
        Ok(Some(size))
    }
}

/// Copies the first part at or after an offset that is no hole. Returns where it ends, or `None` if there is none.
fn copy_memory(memory: &Memory, to: &File, offset: u64) -> Result<Option<u64>, CopyError> {
    let Some((start, bytes)) = memory.written_after(offset) else {
        return Ok(None);
    };
    let bytes = &bytes[..bytes.len().min(STEP)];
    system::write_at(to, bytes, start)?;
    Ok(Some(start + to_u64(bytes.len())))
}

/// Copies as [`copy_memory`] does. A file of its own is copied within the system, if that can be.
fn copy_disk(
    disk: &DiskContent,
    account: &Account,
    to: &File,
    offset: u64,
    size: u64,
) -> Result<Option<u64>, CopyError> {
    let own = disk.own_file().map(NamelessFile::file);
    let range = match own {
        Some(own) => system::next_data(own, offset, size)?,
        None => disk.next_written(offset, size),
    };
    let Some((start, end)) = range else {
        return Ok(None);
    };
    let length = to_usize(end - start).min(STEP);
    if let Some(own) = own
        && let Some(copied) = system::copy_range(own, to, start, length)?
    {
        return Ok(Some(start + to_u64(copied)));
    }
    let mut buffer = crate::allocate::vector(length)?;
    buffer.resize(length, 0);
    disk.read(account, start, &mut buffer)?;
    system::write_at(to, &buffer, start)?;
    Ok(Some(start + to_u64(length)))
}
