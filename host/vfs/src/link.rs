//! Hard links, and the targets of symbolic links.

use crate::account::Resource;
use crate::descriptor::Descriptor;
use crate::error::{Error, Result};
use crate::inode::InodeBody;
use crate::open::{missing, missing_in};
use crate::path::{self, Last};
use crate::tree::Tree;

impl Descriptor {
    /// Gives a file or a symbolic link another name. A symbolic link is not followed.
    ///
    /// # Errors
    ///
    /// * `NotPermitted`: the old path leads to a directory.
    /// * `Exist`: the new name exists.
    /// * `CrossDevice`: the directories belong to different spaces.
    /// * `InsufficientSpace`: too many entries exist.
    /// * `Busy`: the file, or the directory of the new name, is being persisted.
    /// * Those of both paths, as in [`Descriptor::open_at`].
    pub fn link_at(&self, old_path: impl AsRef<[u8]>, directory: &Self, new_path: impl AsRef<[u8]>) -> Result<()> {
        let now = self.volume().now();
        let mut tree = self.lock_both(directory)?;
        let (old_parent, old_last) = path::resolve_parent_unchecked(&tree, self.slot(), old_path.as_ref())?;
        let (new_parent, new_last) = path::resolve_parent_unchecked(&tree, directory.slot(), new_path.as_ref())?;
        old_last.check()?;
        new_last.check()?;
        let inode = match old_last {
            Last::Itself => old_parent,
            Last::Name(name) => {
                let entry = tree.lookup(old_parent, name)?.ok_or(Error::NoEntry)?;
                tree.entry(entry).inode
            }
        };
        let name = missing_in(self.volume(), &tree, new_parent, new_last)?;
        if tree.inode(inode).is_directory() {
            return Err(Error::NotPermitted);
        }
        self.give_name(&mut tree, inode, new_parent, name, now)
    }

    /// Gives an open file a name in this directory, whether or not it has one already. A file that was made without a name becomes
    /// an ordinary file.
    ///
    /// # Errors
    ///
    /// * `NotPermitted`: the descriptor is a directory.
    /// * `Exist`: the name exists.
    /// * `CrossDevice`: the file belongs to a different space.
    /// * `InsufficientSpace`: too many entries exist.
    /// * `Busy`: the file, or the directory of the new name, is being persisted.
    /// * Those of the path, as in [`Descriptor::open_at`].
    pub fn link_descriptor_at(&self, file: &Self, path: impl AsRef<[u8]>) -> Result<()> {
        let now = self.volume().now();
        let mut tree = self.lock_directory()?;
        if !self.is_same_volume(file) {
            return Err(Error::CrossDevice);
        }
        if file.epoch() != self.epoch() {
            return Err(Error::NoEntry);
        }
        let (parent, name) = missing(self.volume(), &tree, self.slot(), path.as_ref())?;
        match file.content() {
            Ok(content) if content.is_persisted() => return Err(Error::NoEntry),
            Ok(_) => {}
            Err(_) => return Err(Error::NotPermitted),
        }
        self.give_name(&mut tree, file.slot(), parent, name, now)
    }

    /// Charges a name and adds it to an inode. An inode without a name is already charged for its first one.
    fn give_name(
        &self,
        tree: &mut Tree,
        inode: u32,
        directory: u32,
        name: crate::entry::Name,
        now: crate::time::Timestamp,
    ) -> Result<()> {
        self.volume().check_free(tree, inode)?;
        let charge = u64::from(tree.inode(inode).links > 0);
        self.volume().charge(Resource::Entries, charge)?;
        let added = tree.add_name(directory, name, inode, now);
        match added {
            Ok(()) => tree.inode_mut(inode).change_times(|times| times.change(now)),
            Err(_) => self.volume().account().release(Resource::Entries, charge),
        }
        added
    }

    /// Returns the target of a symbolic link.
    ///
    /// # Errors
    ///
    /// * `Invalid`: the path does not lead to a symbolic link.
    /// * Those of a path, as in [`Descriptor::open_at`].
    pub fn readlink_at(&self, path: impl AsRef<[u8]>) -> Result<Vec<u8>> {
        let tree = self.lock_directory()?;
        let (parent, last) = path::resolve_parent(&tree, self.slot(), path.as_ref())?;
        let Last::Name(name) = last else {
            return Err(Error::Invalid);
        };
        let entry = tree.lookup(parent, name)?.ok_or(Error::NoEntry)?;
        match &tree.inode(tree.entry(entry).inode).body {
            InodeBody::Link(link) => Ok(crate::allocate::copy(&link.target)?.into_vec()),
            InodeBody::File(_) | InodeBody::Directory(_) => Err(Error::Invalid),
        }
    }
}
