//! What the owner of a space can ask: whose an inode is, where it is, and what is below a directory.

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

/// Names an inode for the owner of a space. It never names another one, also after a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InodeId {
    epoch: u64,
    slot: u32,
    serial: u64,
}

/// An inode, as the owner of a space sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InodeInfo {
    /// Which it is.
    pub id: InodeId,
    /// Whose it is.
    pub tag: Option<Tag>,
    /// How many descriptors and listings are open on it.
    pub open: u32,
    /// What is known of it.
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

    /// Locks the tree, if a descriptor is of it.
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
    /// `CrossDevice` if it is of a different space, `NoEntry` after the end.
    pub fn tag(&self, descriptor: &Descriptor) -> Result<Option<Tag>> {
        Ok(self.lock_own(descriptor)?.tag(descriptor.slot()))
    }

    /// Gives a file or directory a tag, or none. It has one at most.
    ///
    /// # Errors
    ///
    /// As [`Space::tag`], and `InsufficientMemory`.
    pub fn set_tag(&self, descriptor: &Descriptor, tag: Option<Tag>) -> Result<()> {
        self.lock_own(descriptor)?.try_set_tag(descriptor.slot(), tag)
    }

    /// Returns how many inodes have a tag: those without a name, too.
    ///
    /// # Errors
    ///
    /// `NoEntry` after the end.
    pub fn count_tagged(&self, tag: Tag) -> Result<u64> {
        Ok(u64::from(self.lock_living()?.count_tagged(tag)))
    }

    /// Lists inodes that have a tag, at most so many, the last that got it first. The tree is locked meanwhile, so a few thousand are enough
    /// for one call.
    ///
    /// # Errors
    ///
    /// `NoEntry` after the end.
    pub fn tagged(&self, tag: Tag, max: usize) -> Result<Vec<InodeInfo>> {
        let tree = self.lock_living()?;
        Ok(tree.tagged(tag).take(max).map(|slot| info(&tree, slot)).collect())
    }

    /// Returns what is known of a file or directory.
    ///
    /// # Errors
    ///
    /// As [`Space::tag`].
    pub fn info(&self, descriptor: &Descriptor) -> Result<InodeInfo> {
        Ok(info(&*self.lock_own(descriptor)?, descriptor.slot()))
    }

    /// Opens a file or directory that a question named.
    ///
    /// # Errors
    ///
    /// `NoEntry` if it does not exist any more, `Loop` if it is a symbolic link, `Quota` if too many files are open.
    pub fn open(&self, id: InodeId, access: Access) -> Result<Descriptor> {
        let mut tree = self.volume().lock_epoch(id.epoch)?;
        match tree.inodes.find(id.slot) {
            Some(inode) if inode.serial == id.serial => match inode.kind() {
                Kind::Link => Err(Error::Loop),
                Kind::File | Kind::Directory => Descriptor::open(self.volume(), &mut tree, id.slot, access),
            },
            _ => Err(Error::NoEntry),
        }
    }

    /// Returns the path of a file or directory from the root on, by one of its names; `None` if it has no name, or is in a directory
    /// that was removed. The root's own path is empty.
    ///
    /// # Errors
    ///
    /// As [`Space::tag`]; `NameTooLong` if the path is longer than 4,095 bytes.
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
            names.push(entry.name.bytes());
            at = entry.directory;
        }
        names.reverse();
        Ok(Some(names.join(&b'/')))
    }

    /// Walks through everything below a directory: a directory comes before what is in it, and entries in the order of listings.
    ///
    /// # Errors
    ///
    /// As [`Space::tag`]; `NotDirectory`; `Quota` if too many files are open.
    pub fn walk(&self, directory: &Descriptor) -> Result<Walk> {
        drop(self.lock_own(directory)?);
        drop(directory.lock_directory()?);
        let top = directory.try_clone()?;
        let at = top.slot();
        top.lock()?.acquire(at);
        Ok(Walk {
            top,
            at,
            after: 0,
            path: Vec::new(),
            name_at: 0,
            is_in: None,
        })
    }
}

/// Goes through everything below a directory, one step at a time.
///
/// It keeps no list, and so takes the same memory whatever there is, but for the path. Whatever stays in its place comes exactly once. A
/// directory that is removed or moved out while the walk is in it ends the walk with an error.
#[derive(Debug)]
pub struct Walk {
    top: Descriptor,
    /// The directory that the walk is in, which is kept.
    at: u32,
    after: u64,
    path: Vec<u8>,
    /// Where the last name begins in the path.
    name_at: usize,
    /// The directory that came last, and that is to be entered next.
    is_in: Option<u32>,
}

impl Walk {
    /// Returns what comes next, or `None` at the end. [`Walk::path`] is its path then.
    ///
    /// # Errors
    ///
    /// `NoEntry` if the directory that the walk is in was removed or moved out, or the space has ended.
    #[expect(
        clippy::should_implement_trait,
        reason = "the path is lent, which an iterator cannot do"
    )]
    pub fn next(&mut self) -> Result<Option<InodeInfo>> {
        let Self {
            top,
            at,
            after,
            path,
            name_at,
            is_in,
        } = self;
        let mut tree = top.lock()?;
        let mut unused = None;
        let mut climbed = 0;
        let found = loop {
            if let Some(directory) = is_in.take() {
                // It may be gone since it came.
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
                if *after == 0 && !path.is_empty() {
                    path.push(b'/');
                    *name_at = path.len();
                } else {
                    path.truncate(*name_at);
                }
                path.extend_from_slice(entry.name.bytes());
                *after = place.number;
                let inode = entry.inode;
                *is_in = tree.inode(inode).is_directory().then_some(inode);
                break Ok(Some(info(&tree, inode)));
            }
            if *at == top.slot() {
                break Ok(None);
            }
            if *at == tree.root {
                break Err(Error::NoEntry);
            }
            // Back to the directory above, behind this one.
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

    /// Returns the path of what came last, from the directory on where the walk began.
    pub fn path(&self) -> &[u8] {
        &self.path
    }
}

impl Drop for Walk {
    fn drop(&mut self) {
        let unused = self.top.lock().ok().and_then(|mut tree| tree.close(self.at));
        self.top.volume().release(unused);
    }
}
