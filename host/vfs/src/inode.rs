//! Inodes, which are the files, directories and symbolic links that names refer to.

use crate::account::Resource;
use crate::content::Content;
use crate::metadata::Kind;
use crate::order::Order;
use crate::slab::NONE;
use crate::storage::Storage;
use crate::time::Times;
use std::sync::Arc;

/// A file, a directory or a symbolic link.
#[derive(Debug)]
pub(crate) struct Inode {
    /// Distinguishes the inode from every other inode of its space, including earlier ones in the same slot and before a reset.
    pub(crate) serial: u64,
    pub(crate) body: InodeBody,
    /// The number of its names.
    pub(crate) links: u32,
    /// The number of open descriptors and other operations that keep the inode.
    pub(crate) handles: u32,
    pub(crate) first_name: u32,
    /// The record of its tag, and its neighbours in the list of inodes with that tag.
    pub(crate) tag: u32,
    pub(crate) previous_tagged: u32,
    pub(crate) next_tagged: u32,
}

#[derive(Debug)]
pub(crate) enum InodeBody {
    File(Arc<Content>),
    Directory(Box<Directory>),
    Link(Box<Link>),
}

/// A directory with the order of its entries. The index of the whole tree finds them by name.
#[derive(Debug)]
pub(crate) struct Directory {
    /// The parent directory, which is the root itself for the root. While this directory waits to be emptied by a removal, the next
    /// directory to be emptied.
    pub(crate) parent: u32,
    pub(crate) subdirectories: u32,
    pub(crate) entries: u32,
    /// Whether it was removed. No entry is found in it or added to it any more.
    pub(crate) is_dead: bool,
    /// Whether a removal has queued it to be emptied.
    pub(crate) is_doomed: bool,
    /// The number of the export that the directory was last marked for, or 0.
    pub(crate) mark: u64,
    /// The number that the next entry gets.
    pub(crate) next_number: u64,
    pub(crate) order: Order,
    pub(crate) times: Times,
}

/// The number of a directory's first entry. The numbers 1 and 2 are left for a caller that also lists `.` and `..`.
pub(crate) const FIRST_NUMBER: u64 = 3;

impl Directory {
    pub(crate) fn new(parent: u32, times: Times) -> Self {
        Self {
            parent,
            subdirectories: 0,
            entries: 0,
            is_dead: false,
            is_doomed: false,
            mark: 0,
            next_number: FIRST_NUMBER,
            order: Order::default(),
            times,
        }
    }
}

/// A symbolic link.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) target: Box<[u8]>,
    pub(crate) times: Times,
}

impl Inode {
    pub(crate) fn new(serial: u64, body: InodeBody) -> Self {
        Self {
            serial,
            body,
            links: 0,
            handles: 0,
            first_name: NONE,
            tag: NONE,
            previous_tagged: NONE,
            next_tagged: NONE,
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.body {
            InodeBody::File(_) => Kind::File,
            InodeBody::Directory(_) => Kind::Directory,
            InodeBody::Link(_) => Kind::Link,
        }
    }

    pub(crate) fn is_directory(&self) -> bool {
        matches!(self.body, InodeBody::Directory(_))
    }

    /// Returns the number of the export that the inode was last marked for.
    pub(crate) fn mark(&self) -> u64 {
        match &self.body {
            InodeBody::File(content) => content.mark(),
            InodeBody::Directory(directory) => directory.mark,
            InodeBody::Link(_) => 0,
        }
    }

    /// Returns whether neither a name nor a handle keeps the inode.
    pub(crate) fn is_unused(&self) -> bool {
        self.links == 0 && self.handles == 0
    }

    /// Changes the times of the inode.
    pub(crate) fn change_times(&mut self, change: impl FnOnce(&mut Times)) {
        match &mut self.body {
            InodeBody::File(content) => content.change_times(change),
            InodeBody::Directory(directory) => change(&mut directory.times),
            InodeBody::Link(link) => change(&mut link.times),
        }
    }

    /// Frees an inode that was taken out of the tree, and its charges. Returns the bytes of its content. The caller does not hold the
    /// lock of the tree, because this takes the lock of the content.
    pub(crate) fn release(self, storage: &Storage) -> u64 {
        storage.account.release(Resource::Entries, u64::from(self.links.max(1)));
        self.release_body(storage)
    }

    /// Frees the root of a tree, as [`Inode::release`] does, but releases no charge for an entry, because the root has none.
    pub(crate) fn release_body(self, storage: &Storage) -> u64 {
        match self.body {
            InodeBody::File(content) => content.end(storage),
            InodeBody::Directory(_) => 0,
            InodeBody::Link(link) => {
                storage
                    .account
                    .release(Resource::Memory, crate::convert::to_u64(link.target.len()));
                0
            }
        }
    }
}
