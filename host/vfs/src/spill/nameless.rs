//! Files that never have a name.

use super::system;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a nameless file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// One content.
    Own,
    /// Many small contents of a space.
    Slots,
}

/// The descriptors that nameless files may take.
#[derive(Clone, Debug)]
pub(super) struct Descriptors {
    limit: u64,
    used: Arc<AtomicU64>,
}

impl Descriptors {
    pub(super) fn new(limit: Option<u64>) -> Self {
        Self {
            limit: limit.unwrap_or(u64::MAX),
            used: Arc::default(),
        }
    }

    /// Takes a descriptor. Files of one content get half of them, so that every space can get a file for small contents.
    pub(super) fn take(&self, purpose: Purpose) -> Option<Taken> {
        let limit = match purpose {
            Purpose::Own => self.limit / 2,
            Purpose::Slots => self.limit,
        };
        self.used
            .fetch_update(Relaxed, Relaxed, |used| (used < limit).then_some(used + 1))
            .ok()
            .map(|_| Taken(Arc::clone(&self.used)))
    }
}

/// A descriptor that was taken, until it is dropped.
#[derive(Debug)]
pub(super) struct Taken(Arc<AtomicU64>);

impl Drop for Taken {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// A file that never had a name. The system deletes it when it is closed, or when the process dies.
#[derive(Debug)]
pub(crate) struct NamelessFile {
    // Closed before its descriptor is given back.
    file: File,
    can_be_linked: bool,
    _taken: Taken,
}

impl NamelessFile {
    pub(super) fn new(file: File, can_be_linked: bool, taken: Taken) -> Self {
        Self {
            file,
            can_be_linked,
            _taken: taken,
        }
    }

    /// Returns the open file, for the system's own ways of copying.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Returns whether the file can get a name.
    pub(crate) fn can_be_linked(&self) -> bool {
        self.can_be_linked
    }

    pub(crate) fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        system::read_exact_at(&self.file, offset, buffer)
    }

    pub(crate) fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        system::write_all_at(&self.file, offset, data)
    }

    pub(crate) fn truncate(&self, size: u64) -> io::Result<()> {
        system::truncate(&self.file, size)
    }

    pub(crate) fn punch(&self, offset: u64, length: u64) -> io::Result<()> {
        system::punch(&self.file, offset, length)
    }
}
