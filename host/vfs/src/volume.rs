//! Volumes, which a space and its descriptors share.

use crate::account::{Account, Resource};
use crate::error::{Error, Result};
use crate::inode::Inode;
use crate::lock::lock;
use crate::storage::Storage;
use crate::time::{Clock, Timestamp};
use crate::tree::Tree;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
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
    changes: Changes,
}

/// The changes in progress that free something without the lock of the tree.
///
/// They are counted in two groups. An end or a reset waits for one group while later changes are counted in the other, so that it never
/// waits for those.
#[derive(Debug, Default)]
struct Changes {
    counts: [AtomicUsize; 2],
    current: AtomicUsize,
}

/// A change in progress.
#[derive(Debug)]
pub(crate) struct Change<'a>(&'a AtomicUsize);

impl Drop for Change<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
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
            changes: Changes::default(),
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

    /// Begins a change that takes something out of the tree or of a content, and frees it after it released the lock.
    pub(crate) fn begin_change(&self) -> Change<'_> {
        let count = &self.changes.counts[self.changes.current.load(SeqCst) % 2];
        count.fetch_add(1, SeqCst);
        Change(count)
    }

    /// Waits until the changes that began before this was called have freed what they took out. Each of them takes one step at most.
    pub(crate) fn wait_for_changes(&self) {
        let before = self.changes.current.fetch_add(1, SeqCst) % 2;
        while self.changes.counts[before].load(SeqCst) > 0 {
            std::thread::yield_now();
        }
    }

    /// Returns the current time. The caller holds no lock, because the clock may be code of the embedding program.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn age(&self) -> Duration {
        self.made.elapsed()
    }

    /// Gives a handle on an inode back, and frees the inode if nothing else keeps it. The caller does not hold the lock of the tree.
    pub(crate) fn close(&self, epoch: u64, slot: u32) {
        let _change = self.begin_change();
        let unused = self.lock_epoch(epoch).ok().and_then(|mut tree| tree.close(slot));
        self.release(unused);
    }

    /// Frees an inode that was taken out of the tree. The caller does not hold the lock of the tree.
    pub(crate) fn release(&self, inode: Option<Inode>) {
        if let Some(inode) = inode {
            inode.release(&self.storage);
        }
    }
}
