//! Contents in a nameless file of their own.

use crate::account::{Account, Level, Resource};
use crate::convert::{to_u64, to_usize};
use crate::disk::{charge, refuse, release};
use crate::error::{Error, Result};
use crate::limits::Limit;
use crate::spill::{NamelessFile, SpillDirectory, max_file_size};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Maximum number of files of their own that one space may have. More would take the descriptors of others. Contents beyond share the slot
/// file.
const MAX_OWN_FILES: u64 = 64;

/// The files of their own that a space has.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnFiles(Arc<AtomicU64>);

impl OwnFiles {
    /// Counts a file, unless the space has enough of them.
    pub(crate) fn take(&self) -> Option<OwnCount> {
        self.0
            .fetch_update(Relaxed, Relaxed, |files| (files < MAX_OWN_FILES).then_some(files + 1))
            .ok()
            .map(|_| OwnCount(Arc::clone(&self.0)))
    }
}

/// Counts a file of its own, until it is dropped.
#[derive(Debug)]
pub(crate) struct OwnCount(Arc<AtomicU64>);

impl Drop for OwnCount {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// A content in a nameless file of its own.
#[derive(Debug)]
pub(crate) struct OwnFile {
    file: NamelessFile,
    spill: SpillDirectory,
    /// The length of the file. A content that ends in a hole is longer: a file as long as that would meet the limits of the file
    /// system and of the process.
    length: u64,
    /// Bytes of the length that were written, and are charged. It is too high where bytes of a file with holes were written again.
    written: u64,
    _count: OwnCount,
}

impl OwnFile {
    pub(crate) fn new(file: NamelessFile, spill: SpillDirectory, count: OwnCount) -> Self {
        Self {
            file,
            spill,
            length: 0,
            written: 0,
            _count: count,
        }
    }

    /// Returns the nameless file.
    pub(crate) fn nameless(&self) -> &NamelessFile {
        &self.file
    }

    pub(crate) fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let length = to_usize(self.length.saturating_sub(offset)).min(buffer.len());
        let (written, hole) = buffer.split_at_mut(length);
        hole.fill(0);
        if written.is_empty() {
            return Ok(());
        }
        self.file.read(offset, written)
    }

    pub(crate) fn write(&mut self, account: &Account, offset: u64, data: &[u8]) -> Result<()> {
        let end = offset + to_u64(data.len());
        let length = self.length.max(end);
        if length > self.length && end > max_file_size() {
            // The system would send a signal, which kills the process.
            account.refuse_at(Limit::FileBytes, Level::Disk);
            return Err(Error::FileTooLarge);
        }
        let has_holes = self.written < self.length;
        let new = if has_holes { offset } else { offset.max(self.length) };
        let added = end.saturating_sub(new).min(length - self.written);
        self.spill.take(added).map_err(|shortage| refuse(account, shortage))?;
        charge(account, Resource::OwnFiles, &self.spill, added)?;
        if let Err(error) = self.file.write(offset, data) {
            // A part may have been written. It must not be read when the content grows over it.
            if length > self.length && self.file.truncate(self.length).is_err() {
                self.length = length;
            }
            // A part that may have filled a hole stays charged.
            let kept = added.min(self.length - self.written);
            self.written += kept;
            release(account, Resource::OwnFiles, &self.spill, added - kept);
            return Err(refuse(account, error.into()));
        }
        self.length = length;
        self.written += added;
        Ok(())
    }

    pub(crate) fn truncate(&mut self, account: &Account, size: u64) -> Result<()> {
        if size < self.length {
            self.file
                .truncate(size)
                .map_err(|error| refuse(account, error.into()))?;
            self.length = size;
            let cut = self.written.saturating_sub(size);
            self.written -= cut;
            release(account, Resource::OwnFiles, &self.spill, cut);
        }
        Ok(())
    }

    /// Frees the file and its charges.
    pub(crate) fn release(self, account: &Account) {
        release(account, Resource::OwnFiles, &self.spill, self.written);
    }
}
