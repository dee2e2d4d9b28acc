//! Volumes, which a space and its descriptors share.

use crate::account::{Account, Resource};
use crate::error::{Error, Result};
use crate::inode::Inode;
use crate::lock::lock;
use crate::tier::Storage;
use crate::time::{Clock, Timestamp};
use crate::tree::Tree;
use std::fmt;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// The tree of a space with its storage, its clock and its locks.
pub(crate) struct Volume {
    tree: Mutex<Tree>,
    /// The gate. It is held while a file or tree gets its name outside of the space, and while the space ends or files are revoked.
    gate: Mutex<()>,
    /// Held while a directory moves to another directory, so that no other move changes which directories are above others.
    moves: Mutex<()>,
    storage: Storage,
    clock: Box<dyn Clock>,
    made: Instant,
}

impl fmt::Debug for Volume {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Volume")
            .field("storage", &self.storage)
            .finish_non_exhaustive()
    }
}

impl Volume {
    pub(crate) fn new(storage: Storage, clock: Box<dyn Clock>) -> Self {
        Self {
            tree: Mutex::new(Tree::new()),
            gate: Mutex::new(()),
            moves: Mutex::new(()),
            storage,
            clock,
            made: Instant::now(),
        }
    }

    /// Locks the tree.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Tree> {
        lock(&self.tree)
    }

    /// Locks the tree, if its epoch has not changed.
    pub(crate) fn lock_epoch(&self, epoch: u64) -> Result<MutexGuard<'_, Tree>> {
        let tree = self.lock();
        if tree.epoch == epoch {
            Ok(tree)
        } else {
            Err(Error::NoEntry)
        }
    }

    /// Closes the gate, so that nothing leaves the space meanwhile. The caller holds no other lock.
    pub(crate) fn lock_gate(&self) -> MutexGuard<'_, ()> {
        lock(&self.gate)
    }

    /// Checks that no export in progress has marked an inode.
    pub(crate) fn check_free(&self, tree: &Tree, inode: u32) -> Result<()> {
        self.storage.exports.check(tree.inode(inode).mark())
    }

    /// Locks out moves of directories to other directories. The caller does not hold the lock of the tree yet.
    pub(crate) fn lock_moves(&self) -> MutexGuard<'_, ()> {
        lock(&self.moves)
    }

    pub(crate) fn storage(&self) -> &Storage {
        &self.storage
    }

    pub(crate) fn account(&self) -> &Account {
        &self.storage.account
    }

    pub(crate) fn charge(&self, resource: Resource, amount: u64) -> Result<()> {
        self.account().charge(resource, amount)
    }

    /// Returns the current time. The caller holds no lock, because the clock may be code of the embedding program.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn age(&self) -> Duration {
        self.made.elapsed()
    }

    /// Frees an inode that was taken out of the tree. The caller does not hold the lock of the tree.
    pub(crate) fn release(&self, inode: Option<Inode>) {
        if let Some(inode) = inode {
            inode.release(&self.storage);
        }
    }
}
