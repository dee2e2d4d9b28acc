//! Reads of metadata, and changes of times.

use crate::convert::to_u64;
use crate::descriptor::Descriptor;
use crate::error::{Error, Result};
use crate::inode::InodeBody;
use crate::metadata::{Metadata, MetadataHash};
use crate::path::{self, Last};
use crate::time::NewTimestamp;
use crate::tree::Tree;

/// Size in bytes of an empty directory on tmpfs.
const DIRECTORY_SIZE: u64 = 40;

/// Size in bytes that each entry adds to a directory on tmpfs.
const ENTRY_SIZE: u64 = 20;

impl Descriptor {
    /// Returns the metadata of the file or directory. It never waits for I/O.
    ///
    /// # Errors
    ///
    /// `NoEntry` after the space has ended or was reset.
    pub fn stat(&self) -> Result<Metadata> {
        Ok(metadata(&*self.lock()?, self.slot()))
    }

    /// Returns the metadata of the inode that a path leads to. It never waits for I/O.
    ///
    /// If links are not followed, slashes and `/.` after a path of one name are ignored, as in wasmtime-wasi.
    ///
    /// # Errors
    ///
    /// Those of a path, as in [`Descriptor::open_at`].
    pub fn stat_at(&self, path: impl AsRef<[u8]>, follow: bool) -> Result<Metadata> {
        let tree = self.lock_directory()?;
        let inode = self.find(&tree, path.as_ref(), follow)?;
        Ok(metadata(&tree, inode))
    }

    /// Returns a hash that distinguishes the file or directory from every other one that the space ever had.
    ///
    /// # Errors
    ///
    /// `NoEntry` after the space has ended or was reset.
    pub fn metadata_hash(&self) -> Result<MetadataHash> {
        Ok(self.lock()?.metadata_hash(self.serial()))
    }

    /// Returns the hash of the inode that a path leads to.
    ///
    /// # Errors
    ///
    /// Those of [`Descriptor::stat_at`].
    pub fn metadata_hash_at(&self, path: impl AsRef<[u8]>, follow: bool) -> Result<MetadataHash> {
        let tree = self.lock_directory()?;
        let inode = self.find(&tree, path.as_ref(), follow)?;
        Ok(tree.metadata_hash(tree.inode(inode).serial))
    }

    fn find(&self, tree: &Tree, path: &[u8], follow: bool) -> Result<u32> {
        match path::single_name(path) {
            Some(name) if !follow => {
                if path.contains(&0) {
                    return Err(Error::Invalid);
                }
                let entry = tree.lookup(self.slot(), name)?.ok_or(Error::NoEntry)?;
                Ok(tree.entry(entry).inode)
            }
            _ => path::resolve_existing(tree, self.slot(), path, follow),
        }
    }

    /// Sets the times of the file or directory.
    ///
    /// # Errors
    ///
    /// `NoEntry` after the space has ended or was reset.
    pub fn set_times(&self, accessed: NewTimestamp, modified: NewTimestamp) -> Result<()> {
        let now = self.volume().now();
        self.lock()?
            .inode_mut(self.slot())
            .change_times(|times| times.set(accessed, modified, now));
        Ok(())
    }

    /// Sets the times of the inode that a path leads to.
    ///
    /// # Errors
    ///
    /// Those of a path, as in [`Descriptor::open_at`]. If no time changes and links are not followed, the last name need not exist,
    /// as on Linux.
    pub fn set_times_at(
        &self,
        path: impl AsRef<[u8]>,
        follow: bool,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> Result<()> {
        let path = path.as_ref();
        let now = self.volume().now();
        let mut tree = self.lock_directory()?;
        let inode = if follow {
            path::resolve_existing(&tree, self.slot(), path, true)?
        } else {
            let (parent, last) = path::resolve_parent(&tree, self.slot(), path)?;
            if accessed == NewTimestamp::NoChange && modified == NewTimestamp::NoChange {
                return Ok(());
            }
            match last {
                Last::Itself => parent,
                Last::Name(name) => {
                    let entry = tree.lookup(parent, name)?.ok_or(Error::NoEntry)?;
                    tree.entry(entry).inode
                }
            }
        };
        tree.inode_mut(inode)
            .change_times(|times| times.set(accessed, modified, now));
        Ok(())
    }
}

/// Returns the metadata of an inode.
pub(crate) fn metadata(tree: &Tree, slot: u32) -> Metadata {
    let inode = tree.inode(slot);
    let (links, size, times) = match &inode.body {
        InodeBody::File(content) => {
            let (size, times) = content.attributes();
            (u64::from(inode.links), size, times)
        }
        InodeBody::Directory(directory) => {
            let is_removed = inode.links == 0 && slot != tree.root;
            let links = if is_removed {
                0
            } else {
                2 + u64::from(directory.subdirectories)
            };
            (
                links,
                DIRECTORY_SIZE + ENTRY_SIZE * u64::from(directory.entries),
                directory.times,
            )
        }
        InodeBody::Link(link) => (u64::from(inode.links), to_u64(link.target.len()), link.times),
    };
    Metadata {
        kind: inode.kind(),
        links,
        size,
        accessed: times.accessed(),
        modified: times.modified(),
        changed: times.changed(),
    }
}
