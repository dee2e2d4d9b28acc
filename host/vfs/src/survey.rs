//! Queries by the owner of a space. They return tags, paths, metadata, and everything below a directory.

use crate::descriptor::{Access, Descriptor};
use crate::error::{Error, Result};
use crate::metadata::{Kind, Metadata};
use crate::path::MAX_PATH;
use crate::slab::NONE;
use crate::space::Space;
use crate::stat::metadata;
use crate::tag::Tag;
use crate::tree::{MAX_CLIMB, Tree};
use std::sync::MutexGuard;

/// Identifies an inode for the owner of a space. It never identifies another inode, not even after a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InodeId {
    epoch: u64,
    slot: u32,
    serial: u64,
}

/// Describes an inode to the owner of a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InodeInfo {
    /// The identifier.
    pub id: InodeId,
    /// The tag, if the inode has one.
    pub tag: Option<Tag>,
    /// The number of open descriptors and listings.
    pub open: u32,
    /// The metadata.
    pub metadata: Metadata,
}

fn info(tree: &Tree, slot: u32) -> InodeInfo {
    let inode = tree.inode(slot);
    let id = InodeId {
        epoch: tree.epoch,
        slot,
        serial: inode.serial,
    };
    InodeInfo {
        id,
        tag: tree.tag(slot),
        open: inode.handles,
        metadata: metadata(tree, slot),
    }
}

impl Space {
    /// Locks the tree, unless the space has ended.
    pub(crate) fn lock_living(&self) -> Result<MutexGuard<'_, Tree>> {
        let tree = self.volume().lock();
        if tree.root == NONE {
            Err(Error::NoEntry)
        } else {
            Ok(tree)
        }
    }

    /// Locks the tree, if a descriptor belongs to it.
    pub(crate) fn lock_own(&self, descriptor: &Descriptor) -> Result<MutexGuard<'_, Tree>> {
        if !std::sync::Arc::ptr_eq(self.volume(), descriptor.volume()) {
            return Err(Error::CrossDevice);
        }
        self.volume().lock_epoch(descriptor.epoch())
    }

    /// Returns the tag of a file or directory.
    ///
    /// # Errors
    ///
    /// `CrossDevice` if the descriptor belongs to a different space, `NoEntry` after its space has ended or was reset.
    pub fn tag(&self, descriptor: &Descriptor) -> Result<Option<Tag>> {
        Ok(self.lock_own(descriptor)?.tag(descriptor.slot()))
    }

    /// Replaces the tag of a file or directory. `None` removes the tag.
    ///
    /// # Errors
    ///
    /// Those of [`Space::tag`], and `InsufficientMemory` if the host has no memory.
    pub fn set_tag(&self, descriptor: &Descriptor, tag: Option<Tag>) -> Result<()> {
        self.lock_own(descriptor)?.try_set_tag(descriptor.slot(), tag)
    }

    /// Returns how many inodes have a tag, including inodes without a name.
    ///
    /// # Errors
    ///
    /// `NoEntry` after the space has ended.
    pub fn count_tagged(&self, tag: Tag) -> Result<u64> {
        Ok(u64::from(self.lock_living()?.count_tagged(tag)))
    }

    /// Lists at most `max` inodes that have a tag, the most recently tagged first.
    /// The lock of the tree is held meanwhile, so a few thousand are enough for one call.
    ///
    /// # Errors
    ///
    /// `NoEntry` after the space has ended.
    pub fn tagged(&self, tag: Tag, max: usize) -> Result<Vec<InodeInfo>> {
        let tree = self.lock_living()?;
        Ok(tree.tagged(tag).take(max).map(|slot| info(&tree, slot)).collect())
    }

    /// Returns the identifier, the tag and the metadata of a file or directory.
    ///
    /// # Errors
    ///
    /// Those of [`Space::tag`].
    pub fn info(&self, descriptor: &Descriptor) -> Result<InodeInfo> {
        Ok(info(&*self.lock_own(descriptor)?, descriptor.slot()))
    }

    /// Opens a file or directory by its identifier.
    ///
    /// # Errors
    ///
    /// `NoEntry` if it does not exist any more, `Loop` if it is a symbolic link, `Quota` if too many files are open,
    /// `Busy` if it is being persisted.
    pub fn open(&self, id: InodeId, access: Access) -> Result<Descriptor> {
        let mut tree = self.volume().lock_epoch(id.epoch)?;
        match tree.inodes.find(id.slot) {
            Some(inode) if inode.serial == id.serial => match inode.kind() {
                Kind::Link => Err(Error::Loop),
                Kind::File | Kind::Directory => {
                    self.volume().check_free(&tree, id.slot)?;
                    Descriptor::open(self.volume(), &mut tree, id.slot, access)
                }
            },
            _ => Err(Error::NoEntry),
        }
    }

    /// Returns the path of a file or directory from the root, by one of its names. Returns `None` if it has no name or is in a
    /// directory that was removed. The path of the root is empty.
    ///
    /// # Errors
    ///
    /// Those of [`Space::tag`], and `NameTooLong` if the path is longer than 4,095 bytes.
    pub fn path(&self, descriptor: &Descriptor) -> Result<Option<Vec<u8>>> {
        let tree = self.lock_own(descriptor)?;
        let mut names: Vec<&[u8]> = Vec::new();
        let mut length = 0;
        let mut at = descriptor.slot();
        while at != tree.root {
            let first = tree.inode(at).first_name;
            if first == NONE {
                return Ok(None);
            }
            let entry = tree.entry(first);
            length += entry.name.bytes().len() + 1;
            if length > MAX_PATH + 1 {
                return Err(Error::NameTooLong);
            }
            names.try_reserve(1).map_err(|_| Error::InsufficientMemory)?;
            names.push(entry.name.bytes());
            at = entry.directory;
        }
        names.reverse();
        Ok(Some(names.join(&b'/')))
    }

    /// Starts a walk through everything below a directory. Each directory comes before its entries, and entries come in the order of
    /// listings.
    ///
    /// # Errors
    ///
    /// Those of [`Space::tag`], `NotDirectory` if the descriptor is a file, and `Quota` if too many files are open.
    pub fn walk(&self, directory: &Descriptor) -> Result<Walk> {
        drop(self.lock_own(directory)?);
        let mut tree = directory.lock_directory()?;
        let top = Descriptor::open(self.volume(), &mut tree, directory.slot(), directory.granted())?;
        let at = top.slot();
        tree.acquire(at);
        drop(tree);
        Ok(Walk {
            top,
            at,
            after: 0,
            path: Vec::new(),
            name_at: 0,
            to_enter: None,
        })
    }
}

/// A walk through everything below a directory, one inode at a time.
///
/// A walk keeps no list, so the memory that it takes depends only on the length of the path. It returns every entry that stays in its
/// place exactly once. If the directory that the walk is in is removed or moved out, the walk fails.
#[derive(Debug)]
pub struct Walk {
    top: Descriptor,
    /// The directory that the walk is in. The walk holds a handle on it.
    at: u32,
    after: u64,
    path: Vec<u8>,
    /// The position in the path at which the last name begins.
    name_at: usize,
    /// The directory that was returned last, if the walk enters it next.
    to_enter: Option<u32>,
}

impl Walk {
    /// Returns the next inode, or `None` at the end. [`Walk::path`] returns its path.
    ///
    /// # Errors
    ///
    /// `NoEntry` if the directory that the walk is in was removed or moved out, or if the space has ended or was reset.
    #[expect(clippy::should_implement_trait, reason = "an iterator cannot lend the path")]
    pub fn next(&mut self) -> Result<Option<InodeInfo>> {
        let Self {
            top,
            at,
            after,
            path,
            name_at,
            to_enter,
        } = self;
        let _change = top.volume().begin_change();
        let mut tree = top.lock()?;
        let mut unused = None;
        let mut climbed = 0;
        let found = loop {
            if let Some(directory) = to_enter.take() {
                // The directory may have been removed or replaced since it was returned.
                if let Some((place, _)) = tree.entry_after(*at, *after - 1)
                    && place.number == *after
                    && tree.entry(place.entry).inode == directory
                {
                    tree.acquire(directory);
                    unused = tree.close(*at);
                    *at = directory;
                    *after = 0;
                }
            }
            if unused.is_some() || tree.directory(*at).is_dead {
                break Err(Error::NoEntry);
            }
            if let Some((place, entry)) = tree.entry_after(*at, *after) {
                if path.try_reserve(entry.name.bytes().len() + 1).is_err() {
                    // The next call comes to the same entry.
                    break Err(Error::InsufficientMemory);
                }
                if *after == 0 && !path.is_empty() {
                    path.push(b'/');
                    *name_at = path.len();
                } else {
                    path.truncate(*name_at);
                }
                path.extend_from_slice(entry.name.bytes());
                *after = place.number;
                let inode = entry.inode;
                *to_enter = tree.inode(inode).is_directory().then_some(inode);
                break Ok(Some(info(&tree, inode)));
            }
            if *at == top.slot() {
                break Ok(None);
            }
            if *at == tree.root {
                break Err(Error::NoEntry);
            }
            // The walk returns to the directory above, and continues after this one.
            if *after != 0 {
                path.truncate(name_at.saturating_sub(1));
            }
            *name_at = path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
            let (above, number) = {
                let entry = tree.entry(tree.inode(*at).first_name);
                (entry.directory, entry.number)
            };
            tree.acquire(above);
            unused = tree.close(*at);
            *at = above;
            *after = number;
            climbed += 1;
            if climbed == MAX_CLIMB && unused.is_none() {
                // The directory is kept meanwhile.
                climbed = 0;
                drop(tree);
                tree = top.lock()?;
            }
        };
        drop(tree);
        top.volume().release(unused);
        found
    }

    /// Returns the path of the inode that was returned last, relative to the directory at which the walk began.
    pub fn path(&self) -> &[u8] {
        &self.path
    }
}

impl Drop for Walk {
    fn drop(&mut self) {
        self.top.volume().close(self.top.epoch(), self.at);
    }
}
