//! Removing whole trees, and everything that has a tag.
//!
//! What is removed is detached in one step: nobody finds it by name any more, and whoever has a directory of it open, up to 512 levels
//! deep, finds, makes and moves nothing in it. Then it is freed in steps, with the lock let go in between.

use crate::content::Content;
use crate::descriptor::Descriptor;
use crate::error::{Error, Result};
use crate::inode::{Inode, InodeBody};
use crate::path::{self, Last};
use crate::slab::NONE;
use crate::space::Space;
use crate::tag::Tag;
use crate::time::Timestamp;
use crate::tree::Tree;
use crate::volume::Volume;
use std::sync::{Arc, MutexGuard};

/// Names that are removed under one hold of the tree's lock. In a large tree, whose memory is in no cache, each takes up to a
/// microsecond: that is half a millisecond.
const STEP: usize = 512;

/// What becomes of files that are removed while they are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// They live until they are closed, as on POSIX.
    Keep,
    /// Their content is freed at once. Descriptors that read, write or resize them answer [`Error::NoEntry`].
    Revoke,
}

/// What a removal freed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removed {
    /// Entries: names, and inodes that had none.
    pub entries: u64,
    /// Bytes of files.
    pub bytes: u64,
}

impl Descriptor {
    /// Removes whatever a path names: a file, a symbolic link, or a directory with everything in it.
    ///
    /// # Errors
    ///
    /// `Invalid` if the path ends in a slash, in `.` or in `..`; those of a path, as [`Descriptor::open_at`].
    pub fn remove_all_at(&self, path: impl AsRef<[u8]>, opened: Opened) -> Result<Removed> {
        let now = self.volume().now();
        let mut tree = self.lock_directory()?;
        let (parent, last) = path::resolve_parent(&tree, self.slot(), path.as_ref())?;
        let Last::Name(name) = last else {
            return Err(Error::Invalid);
        };
        let entry = tree.lookup(parent, name)?.ok_or(Error::NoEntry)?;
        let mut removal = Removal::begin(self.volume(), &mut tree, opened, now);
        removal.remove_name(&mut tree, entry);
        Ok(removal.finish(tree))
    }
}

impl Space {
    /// Removes all names of a file, or a directory with everything in it, wherever it is by now.
    ///
    /// # Errors
    ///
    /// `NotPermitted` for the root; `CrossDevice` if it is of a different space; `NoEntry` after the end.
    pub fn remove(&self, descriptor: &Descriptor, opened: Opened) -> Result<Removed> {
        let now = self.volume().now();
        let mut tree = self.lock_own(descriptor)?;
        if descriptor.slot() == tree.root {
            return Err(Error::NotPermitted);
        }
        let mut removal = Removal::begin(self.volume(), &mut tree, opened, now);
        tree = removal.remove_inode(tree, descriptor.slot());
        Ok(removal.finish(tree))
    }

    /// Removes everything that has a tag, with what is in its directories. The tag is gone then.
    ///
    /// # Errors
    ///
    /// `NoEntry` after the end.
    pub fn remove_tagged(&self, tag: Tag, opened: Opened) -> Result<Removed> {
        let now = self.volume().now();
        let mut tree = self.lock_living()?;
        let mut removal = Removal::begin(self.volume(), &mut tree, opened, now);
        while tree.epoch == removal.epoch {
            let Some(inode) = tree.tagged(tag).next() else { break };
            tree.set_tag(inode, None);
            // What is open and has no name stays, which is a step, too.
            removal.steps += 1;
            if inode != tree.root {
                tree = removal.remove_inode(tree, inode);
            }
            tree = removal.pause_if_due(tree);
        }
        Ok(removal.finish(tree))
    }
}

/// A removal that is going on.
struct Removal<'a> {
    volume: &'a Volume,
    epoch: u64,
    opened: Opened,
    now: Timestamp,
    /// The directory to be emptied next. Each leads to the one after it by its `parent`.
    head: u32,
    /// What has to be freed without the lock.
    unused: Vec<Inode>,
    revoked: Vec<Arc<Content>>,
    steps: usize,
    removed: Removed,
}

impl<'a> Removal<'a> {
    fn begin(volume: &'a Volume, tree: &mut Tree, opened: Opened, now: Timestamp) -> Self {
        tree.removals += 1;
        Self {
            volume,
            epoch: tree.epoch,
            opened,
            now,
            head: NONE,
            unused: Vec::new(),
            revoked: Vec::new(),
            steps: 0,
            removed: Removed::default(),
        }
    }

    /// Removes a name, and what it named if that was its last.
    fn remove_name(&mut self, tree: &mut Tree, entry: u32) {
        let inode = tree.remove_name(entry, self.now);
        self.steps += 1;
        if tree.inode(inode).links > 0 {
            self.volume.account().release(crate::account::Resource::Entries, 1);
            self.removed.entries += 1;
        } else {
            self.remove_nameless(tree, inode);
        }
    }

    /// Removes all names of an inode, and the inode.
    fn remove_inode<'t>(&mut self, mut tree: MutexGuard<'t, Tree>, inode: u32) -> MutexGuard<'t, Tree>
    where
        'a: 't,
    {
        if tree.inode(inode).links == 0 {
            self.remove_nameless(&mut tree, inode);
            return tree;
        }
        let serial = tree.inode(inode).serial;
        while tree.epoch == self.epoch {
            let Some(entry) = tree
                .inodes
                .find(inode)
                .filter(|found| found.serial == serial && found.links > 0)
                .map(|found| found.first_name)
            else {
                break;
            };
            self.remove_name(&mut tree, entry);
            tree = self.pause_if_due(tree);
        }
        tree
    }

    /// Removes an inode that has no name: a directory is put down to be emptied.
    fn remove_nameless(&mut self, tree: &mut Tree, inode: u32) {
        let head = self.head;
        match &mut tree.inode_mut(inode).body {
            // Another removal empties it.
            InodeBody::Directory(directory) if directory.is_doomed => {}
            InodeBody::Directory(directory) => {
                directory.is_dead = true;
                directory.is_doomed = true;
                directory.parent = head;
                self.head = inode;
                tree.acquire(inode);
            }
            InodeBody::File(content) if self.opened == Opened::Revoke => {
                let content = Arc::clone(content);
                match tree.take_unused(inode) {
                    Some(unused) => self.unused.push(unused),
                    None => {
                        tree.set_tag(inode, None);
                        self.revoked.push(content);
                    }
                }
            }
            InodeBody::File(_) | InodeBody::Link(_) => self.unused.extend(tree.take_unused(inode)),
        }
    }

    /// Empties the directories that were put down, up to one step.
    fn empty(&mut self, tree: &mut Tree) {
        while self.head != NONE && self.steps < STEP {
            let directory = self.head;
            match tree.entry_after(directory, 0) {
                Some((place, _)) => self.remove_name(tree, place.entry),
                None => {
                    self.head = std::mem::replace(&mut tree.directory_mut(directory).parent, directory);
                    self.unused.extend(tree.close(directory));
                    self.steps += 1;
                }
            }
        }
    }

    /// Lets the lock go after a step, and frees what was removed.
    fn pause_if_due<'t>(&mut self, tree: MutexGuard<'t, Tree>) -> MutexGuard<'t, Tree>
    where
        'a: 't,
    {
        if self.steps < STEP {
            return tree;
        }
        drop(tree);
        self.free();
        self.volume.lock()
    }

    fn free(&mut self) {
        self.steps = 0;
        for inode in self.unused.drain(..) {
            self.removed.entries += 1;
            self.removed.bytes += inode.release(self.volume.storage());
        }
        for content in self.revoked.drain(..) {
            self.removed.bytes += content.end(self.volume.storage());
        }
    }

    /// Empties what was put down. If the space ends meanwhile, that frees the rest.
    fn finish<'t>(mut self, mut tree: MutexGuard<'t, Tree>) -> Removed
    where
        'a: 't,
    {
        while tree.epoch == self.epoch && self.head != NONE {
            self.empty(&mut tree);
            tree = self.pause_if_due(tree);
        }
        if tree.epoch == self.epoch {
            tree.removals -= 1;
        }
        drop(tree);
        self.free();
        self.removed
    }
}
