//! Removal of whole trees, and of everything that has a tag.
//!
//! A removal first detaches the tree in one step. After that no path leads to the tree. A descriptor of one of its directories, up to
//! 512 levels deep, finds, makes and moves nothing in it. The removal then frees the tree in steps, and releases the lock between
//! them.

use crate::content::{Content, PERSISTED, REVOKED};
use crate::descriptor::Descriptor;
use crate::error::{Error, Result};
use crate::inode::{Inode, InodeBody};
use crate::path::{self, Last};
use crate::slab::NONE;
use crate::space::Space;
use crate::tag::Tag;
use crate::time::Timestamp;
use crate::tree::Tree;
use crate::volume::{Change, Volume};
use std::sync::{Arc, MutexGuard};

/// Maximum number of names that are removed under one hold of the tree's lock. In a large tree, which no cache of the processor holds, each
/// takes up to a microsecond, so all of them take half a millisecond.
const MAX_PER_HOLD: usize = 512;

/// Selects what happens to files that are removed while they are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// The files exist until they are closed, as on POSIX.
    Keep,
    /// The contents are freed immediately. Later reads, writes and changes of the size fail with [`Error::NoEntry`]. An export that
    /// works on one of them is cut short, as [`Space::end`] cuts it short.
    Revoke,
}

impl Opened {
    /// Closes the gate for a removal that revokes, so that no file that it revokes gets a name outside of the space afterwards.
    fn close_gate(self, volume: &Volume) -> Option<MutexGuard<'_, ()>> {
        (self == Self::Revoke).then(|| volume.lock_gate())
    }
}

/// Removes a file or directory that was persisted, and revokes what is open of it. The caller has closed the gate, does not hold the
/// lock of the tree, and has a handle on the inode. The inode is detached before the gate opens again.
pub(crate) fn remove_persisted(volume: &Volume, gate: MutexGuard<'_, ()>, inode: u32, mark: u64, now: Timestamp) {
    let mut tree = volume.lock();
    let mut removal = Removal::begin(volume, Some(gate), &mut tree, Opened::Revoke, now);
    removal.own_mark = mark;
    tree = removal.remove_inode(tree, inode);
    removal.finish(tree);
}

/// Counts what a removal freed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removed {
    /// Entries. Each name is one, and so is each inode without a name.
    pub entries: u64,
    /// Bytes, by the sizes of files.
    pub bytes: u64,
}

impl Descriptor {
    /// Removes a name of a file or of a symbolic link, or a directory with everything in it.
    ///
    /// # Errors
    ///
    /// * `Invalid`: the path ends in a slash, in `.` or in `..`.
    /// * `Busy`: it, or the directory that it is in, is being persisted, and `opened` is [`Opened::Keep`].
    /// * Those of a path, as in [`Descriptor::open_at`].
    pub fn remove_all_at(&self, path: impl AsRef<[u8]>, opened: Opened) -> Result<Removed> {
        let now = self.volume().now();
        let gate = opened.close_gate(self.volume());
        let mut tree = self.lock_directory()?;
        let (parent, last) = path::resolve_parent(&tree, self.slot(), path.as_ref())?;
        let Last::Name(name) = last else {
            return Err(Error::Invalid);
        };
        let entry = tree.lookup(parent, name)?.ok_or(Error::NoEntry)?;
        if opened == Opened::Keep {
            self.volume().check_free(&tree, parent)?;
            self.volume().check_free(&tree, tree.entry(entry).inode)?;
        }
        let mut removal = Removal::begin(self.volume(), gate, &mut tree, opened, now);
        removal.remove_name(&mut tree, entry);
        Ok(removal.finish(tree))
    }
}

impl Space {
    /// Removes all names of an open file, or an open directory with everything in it, even if it was renamed or moved.
    ///
    /// # Errors
    ///
    /// * `NotPermitted`: the descriptor is the root.
    /// * `Busy`: it is being persisted, and `opened` is [`Opened::Keep`].
    /// * `CrossDevice`: the descriptor belongs to a different space.
    /// * `NoEntry`: the space of the descriptor has ended or was reset.
    pub fn remove(&self, descriptor: &Descriptor, opened: Opened) -> Result<Removed> {
        let now = self.volume().now();
        let gate = opened.close_gate(self.volume());
        let mut tree = self.lock_own(descriptor)?;
        if descriptor.slot() == tree.root {
            return Err(Error::NotPermitted);
        }
        if opened == Opened::Keep {
            self.volume().check_free(&tree, descriptor.slot())?;
        }
        let mut removal = Removal::begin(self.volume(), gate, &mut tree, opened, now);
        tree = removal.remove_inode(tree, descriptor.slot());
        Ok(removal.finish(tree))
    }

    /// Removes everything that has a tag, including the contents of directories. No inode has the tag afterwards.
    ///
    /// # Errors
    ///
    /// `NoEntry` after the space has ended.
    pub fn remove_tagged(&self, tag: Tag, opened: Opened) -> Result<Removed> {
        let now = self.volume().now();
        let gate = opened.close_gate(self.volume());
        let mut tree = self.lock_living()?;
        let mut removal = Removal::begin(self.volume(), gate, &mut tree, opened, now);
        while tree.epoch == removal.epoch {
            let Some(inode) = tree.tagged(tag).next() else { break };
            tree.set_tag(inode, None);
            // What is open and has no name stays, which is a step, too.
            removal.done_in_hold += 1;
            if inode != tree.root {
                tree = removal.remove_inode(tree, inode);
            }
            tree = removal.pause_if_due(tree);
        }
        Ok(removal.finish(tree))
    }
}

/// A removal in progress.
struct Removal<'a> {
    volume: &'a Volume,
    /// Held together with the lock of the tree if the removal revokes.
    gate: Option<MutexGuard<'a, ()>>,
    _change: Change<'a>,
    epoch: u64,
    opened: Opened,
    now: Timestamp,
    /// The first directory in the queue of those to be emptied. The `parent` of each is the next one.
    head: u32,
    /// Inodes to be freed without the lock of the tree.
    unused: Vec<Inode>,
    /// Contents of open files, to be freed without the lock of the tree.
    revoked: Vec<Arc<Content>>,
    /// Names that were removed, and directories that were emptied, since the lock was last released.
    done_in_hold: usize,
    /// The mark of the export on whose behalf this removes, or 0.
    own_mark: u64,
    /// The marks of exports whose files or directories were revoked.
    cut: Vec<u64>,
    removed: Removed,
}

impl<'a> Removal<'a> {
    fn begin(
        volume: &'a Volume,
        gate: Option<MutexGuard<'a, ()>>,
        tree: &mut Tree,
        opened: Opened,
        now: Timestamp,
    ) -> Self {
        tree.removals += 1;
        Self {
            volume,
            gate,
            _change: volume.begin_change(),
            epoch: tree.epoch,
            opened,
            now,
            head: NONE,
            unused: Vec::new(),
            revoked: Vec::new(),
            done_in_hold: 0,
            own_mark: 0,
            cut: Vec::new(),
            removed: Removed::default(),
        }
    }

    /// Removes a name, and its inode if that was the last name.
    fn remove_name(&mut self, tree: &mut Tree, entry: u32) {
        let inode = tree.remove_name(entry, self.now);
        self.done_in_hold += 1;
        if tree.inode(inode).links > 0 {
            self.volume.account().release(crate::account::Resource::Entries, 1);
            self.removed.entries += 1;
        } else {
            self.remove_nameless(tree, inode);
        }
    }

    /// Removes all names of an inode, and then the inode.
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

    /// Removes an inode that has no name. A directory is queued to be emptied.
    fn remove_nameless(&mut self, tree: &mut Tree, inode: u32) {
        let head = self.head;
        if self.opened == Opened::Revoke {
            let mark = tree.inode(inode).mark();
            if mark != self.own_mark && self.volume.storage().exports.check(mark).is_err() && !self.cut.contains(&mark)
            {
                self.cut.push(mark);
            }
        }
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
                content.set_mark(if self.own_mark == 0 { REVOKED } else { PERSISTED });
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

    /// Empties the queued directories, up to [`MAX_PER_HOLD`].
    fn empty(&mut self, tree: &mut Tree) {
        while self.head != NONE && self.done_in_hold < MAX_PER_HOLD {
            let directory = self.head;
            match tree.entry_after(directory, 0) {
                Some((place, _)) => self.remove_name(tree, place.entry),
                None => {
                    self.head = std::mem::replace(&mut tree.directory_mut(directory).parent, directory);
                    self.unused.extend(tree.close(directory));
                    self.done_in_hold += 1;
                }
            }
        }
    }

    /// After [`MAX_PER_HOLD`], releases the lock, frees what was removed, and locks again.
    fn pause_if_due<'t>(&mut self, tree: MutexGuard<'t, Tree>) -> MutexGuard<'t, Tree>
    where
        'a: 't,
    {
        if self.done_in_hold < MAX_PER_HOLD {
            return tree;
        }
        drop(tree);
        self.gate = None;
        self.free();
        self.gate = self.opened.close_gate(self.volume);
        self.volume.lock()
    }

    fn free(&mut self) {
        self.done_in_hold = 0;
        for inode in self.unused.drain(..) {
            self.removed.entries += 1;
            self.removed.bytes += inode.release(self.volume.storage());
        }
        for content in self.revoked.drain(..) {
            self.removed.bytes += content.end(self.volume.storage());
        }
    }

    /// Empties all queued directories, and frees what was removed. If the space ends meanwhile, its end frees the rest.
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
        self.gate = None;
        self.volume
            .storage()
            .exports
            .cut(|export| self.cut.contains(&export.mark));
        self.free();
        self.removed
    }
}
