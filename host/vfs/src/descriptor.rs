//! Descriptors, which are open files and directories.

use crate::account::Resource;
use crate::content::Content;
use crate::error::{Error, Result};
use crate::inode::InodeBody;
use crate::metadata::Kind;
use crate::tree::Tree;
use crate::volume::Volume;
use std::fmt;
use std::sync::{Arc, MutexGuard};

/// Selects what a descriptor may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Access {
    /// Allows reading a file.
    pub read: bool,
    /// Allows writing a file. Among directories only the root has it set. The entries of the others may be changed
    /// nevertheless, as in wasmtime-wasi.
    pub write: bool,
}

impl Access {
    pub(crate) const ROOT: Self = Self {
        read: true,
        write: true,
    };
}

/// An open file or directory.
///
/// The methods are those of `descriptor` in `wasi:filesystem`, and fail with the errors with which wasmtime-wasi fails on tmpfs.
/// Paths are bytes, and are resolved from this directory and never above it. A file has no position, so each read and write takes an
/// offset.
///
/// A descriptor counts as an open file until it is dropped. It keeps its inode alive when the inode loses its last name.
pub struct Descriptor {
    volume: Arc<Volume>,
    epoch: u64,
    slot: u32,
    serial: u64,
    /// The content, if it is a file.
    content: Option<Arc<Content>>,
    access: Access,
}

impl fmt::Debug for Descriptor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Descriptor")
            .field("serial", &self.serial)
            .field("is_file", &self.content.is_some())
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

impl Descriptor {
    /// Charges an open file, and opens an inode that is not a symbolic link.
    pub(crate) fn open(volume: &Arc<Volume>, tree: &mut Tree, slot: u32, access: Access) -> Result<Self> {
        volume.charge(Resource::OpenFiles, 1)?;
        Ok(Self::open_charged(volume, tree, slot, access))
    }

    /// Opens an inode after the caller has charged an open file.
    pub(crate) fn open_charged(volume: &Arc<Volume>, tree: &mut Tree, slot: u32, access: Access) -> Self {
        tree.acquire(slot);
        let inode = tree.inode(slot);
        let content = match &inode.body {
            InodeBody::File(content) => Some(Arc::clone(content)),
            InodeBody::Directory(_) | InodeBody::Link(_) => None,
        };
        Self {
            volume: Arc::clone(volume),
            epoch: tree.epoch,
            slot,
            serial: inode.serial,
            content,
            access,
        }
    }

    /// Opens the same file or directory again.
    ///
    /// # Errors
    ///
    /// [`Error::Quota`] if too many files are open, [`Error::Busy`] if it is being persisted.
    pub fn try_clone(&self) -> Result<Self> {
        let mut tree = self.lock()?;
        self.volume.check_free(&tree, self.slot)?;
        Self::open(&self.volume, &mut tree, self.slot, self.access)
    }

    /// Returns the kind, which is a file or a directory. This also works after the space has ended.
    pub fn kind(&self) -> Kind {
        if self.content.is_some() {
            Kind::File
        } else {
            Kind::Directory
        }
    }

    /// Returns what the descriptor may be used for.
    ///
    /// # Errors
    ///
    /// [`Error::NoEntry`] after the space has ended or was reset.
    pub fn access(&self) -> Result<Access> {
        drop(self.lock()?);
        Ok(self.access)
    }

    /// Returns whether both descriptors are the same file or directory. This also works after the space has ended.
    pub fn is_same_object(&self, other: &Self) -> bool {
        self.is_same_volume(other) && self.serial == other.serial
    }

    pub(crate) fn is_same_volume(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.volume, &other.volume)
    }

    pub(crate) fn volume(&self) -> &Arc<Volume> {
        &self.volume
    }

    pub(crate) fn slot(&self) -> u32 {
        self.slot
    }

    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(crate) fn granted(&self) -> Access {
        self.access
    }

    /// Locks the tree, if the space has not ended and the file was not persisted.
    pub(crate) fn lock(&self) -> Result<MutexGuard<'_, Tree>> {
        if self.content.as_ref().is_some_and(|content| content.is_persisted()) {
            return Err(Error::NoEntry);
        }
        self.volume.lock_epoch(self.epoch)
    }

    /// Locks the tree, if this is a directory, and marks the directory if it was removed.
    pub(crate) fn lock_directory(&self) -> Result<MutexGuard<'_, Tree>> {
        let mut tree = self.volume.lock_epoch(self.epoch)?;
        if self.content.is_some() {
            return Err(Error::NotDirectory);
        }
        tree.mark_removed(self.slot);
        Ok(tree)
    }

    /// Returns the content, if this is a file, for an owner that outlives the descriptor.
    pub(crate) fn shared_content(&self) -> Option<&Arc<Content>> {
        self.content.as_ref()
    }

    /// Returns the content, if this is a file.
    pub(crate) fn content(&self) -> Result<&Content> {
        self.content.as_deref().ok_or(Error::BadDescriptor)
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        self.volume.close(self.epoch, self.slot);
        self.volume.account().release(Resource::OpenFiles, 1);
    }
}
