//! A file on disk, with or without a name.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use rustix::io::Errno;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

use super::write::InPlace;
use super::{Failed, length};
use crate::budget::{Found, Nameless, OpenInode, Taken};
use crate::space::Shared;

/// An open file of the space.
#[derive(Debug)]
pub(in crate::native) struct Disk {
    pub(in crate::native) file: Arc<File>,
    pub(in crate::native) inode: OpenInode,
    pub(in crate::native) entry: Entry,
    pub(super) _open: Taken,
}

/// What stands for a file in the space.
#[derive(Debug)]
pub(in crate::native) enum Entry {
    /// It has never had a name.
    Nameless(Nameless),
    /// The path in the space.
    Named(String),
    /// The file was deleted, kept or persisted.
    None,
}

impl Disk {
    /// # Errors
    ///
    /// Of `fstat`.
    pub(super) fn size(&self) -> Result<u64, Failed> {
        // Others may write to it, through descriptors and its name.
        Ok(Found::new(&rustix::fs::fstat(&self.file)?).size)
    }

    /// Charges `size` bytes, and writes the first of them.
    pub(super) fn begin(&self, bytes: &[u8], size: u64) -> Result<InPlace, Failed> {
        let growth = InPlace::new(self.inode.write_to(size)?);
        self.file.write_all_at(bytes, 0)?;
        self.inode.budget().wrote(length(bytes));
        Ok(growth)
    }

    /// Up to `length` bytes from `offset` on.
    ///
    /// # Errors
    ///
    /// `insufficient-memory`, and those of `pread`.
    pub(super) fn read(&self, length: usize, offset: u64) -> Result<Arc<Vec<u8>>, Failed> {
        // Memory for more than there is, as far as is known, is not asked for before there is more.
        let left = self.inode.charged().saturating_sub(offset);
        // One more than there is, to see the end.
        let mut wanted = usize::try_from(left).map_or(length, |left| left.saturating_add(1).min(length));
        let mut read = Vec::new();
        while read.len() < length {
            if read.len() >= wanted {
                wanted = length;
            }
            read.try_reserve_exact(wanted - read.len())
                .map_err(|_| Failed::Code(ErrorCode::InsufficientMemory))?;
            let at = offset.saturating_add(super::length(&read));
            match rustix::io::pread(&self.file, rustix::buffer::spare_capacity(&mut read), at) {
                Ok(0) => break,
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        read.truncate(length);
        Ok(Arc::new(read))
    }

    /// Deletes its entry.
    pub(in crate::native) fn delete(&mut self, space: &Shared) -> io::Result<()> {
        match std::mem::replace(&mut self.entry, Entry::None) {
            Entry::Named(path) => space.remove(&path),
            Entry::Nameless(_) | Entry::None => Ok(()),
        }
    }
}
