//! Spaces, which are file systems with an owner, a beginning and an end.

use crate::account::{Account, Level, Usage};
use crate::budget::Budget;
use crate::descriptor::{Access, Descriptor};
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::label::Label;
use crate::limits::Limits;
use crate::slab::NONE;
use crate::storage::Storage;
use crate::time::{Clock, SystemClock};
use crate::tree::Tree;
use crate::volume::Volume;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// An in-memory file system that ends with its owner.
///
/// Dropping a space ends it, as [`Space::end`] does. Descriptors may outlive the space. They answer [`Error::NoEntry`] then, and
/// keep nothing of the tree alive. Several threads may use a space and its descriptors at once.
#[derive(Debug)]
pub struct Space {
    volume: Arc<Volume>,
    budget: Budget,
    number: u64,
    is_unregistered: AtomicBool,
}

impl Space {
    /// Returns a builder for a space below a budget.
    pub fn builder(budget: &Budget) -> SpaceBuilder {
        SpaceBuilder {
            budget: budget.clone(),
            limits: Limits::default(),
            label: Label::default(),
            clock: Box::new(SystemClock),
        }
    }

    /// Opens the root directory.
    ///
    /// # Errors
    ///
    /// [`Error::Quota`] if too many files are open, [`Error::NoEntry`] after the space has ended.
    pub fn root(&self) -> Result<Descriptor> {
        let mut tree = self.volume.lock();
        if tree.root == NONE {
            return Err(Error::NoEntry);
        }
        let root = tree.root;
        Descriptor::open(&self.volume, &mut tree, root, Access::ROOT)
    }

    /// Returns the label.
    pub fn label(&self) -> &Label {
        self.volume.account().label()
    }

    /// Returns the time since the space was made.
    pub fn age(&self) -> Duration {
        self.volume.age()
    }

    /// Returns the current and the peak use of each limit, and the requests that were refused.
    pub fn usage(&self) -> Usage {
        self.volume.account().usage()
    }

    /// Returns how many files, directories and links were ever made in the space, including its roots.
    pub fn made(&self) -> u64 {
        self.volume.lock().made()
    }

    /// Changes the limits. A limit below the current use deletes nothing, but stops growth.
    pub fn set_limits(&self, limits: Limits) {
        self.volume.account().set_limits(&limits);
    }

    /// Returns whether the space has ended.
    pub fn has_ended(&self) -> bool {
        self.volume.lock().root == NONE
    }

    /// Ends the space. Everything in it is deleted before this returns, and descriptors that are still open answer
    /// [`Error::NoEntry`].
    ///
    /// It waits only for reads, writes and removals that are in progress, and for at most one step of each, and for the steps of exports
    /// that are in progress, up to 10 seconds. Exports are taken back. Nothing appears outside of the space after this has returned.
    /// Ending a space twice is fine, and frees nothing the second time.
    pub fn end(&self) -> Ended {
        let gate = self.volume.lock_gate();
        let tree = self.volume.lock().take();
        drop(gate);
        if !self.is_unregistered.swap(true, Ordering::Relaxed) {
            self.budget.unregister(self.number);
        }
        let ended = self.free(tree);
        self.volume.storage().end();
        ended
    }

    /// Deletes everything, as [`Space::end`] does, and starts again with an empty root.
    ///
    /// # Errors
    ///
    /// [`Error::NoEntry`] if the space has ended. [`Error::InsufficientMemory`] if there is no memory for a root, in which case the
    /// space has ended.
    pub fn reset(&self) -> Result<Ended> {
        let now = self.volume.now();
        let gate = self.volume.lock_gate();
        let mut tree = self.volume.lock();
        if tree.root == NONE {
            return Err(Error::NoEntry);
        }
        let old = tree.take();
        let planted = tree.plant(now);
        drop(tree);
        drop(gate);
        let ended = self.free(old);
        match planted {
            Ok(()) => Ok(ended),
            Err(error) => {
                self.end();
                Err(error)
            }
        }
    }

    fn free(&self, tree: Tree) -> Ended {
        let storage = self.volume.storage();
        let root = tree.root;
        let serial = (root != NONE).then(|| tree.inode(root).serial);
        let cut = storage.exports.cut(|export| export.epoch <= tree.epoch);
        let mut ended = Ended {
            exports_cut: cut.cut,
            exports_running: cut.running,
            ..Ended::default()
        };
        for inode in tree.inodes.into_items() {
            if Some(inode.serial) == serial {
                inode.release_body(storage);
                continue;
            }
            ended.entries += u64::from(inode.links.max(1));
            ended.bytes += inode.release(storage);
        }
        self.volume.wait_for_changes();
        let usage = self.volume.account().usage();
        ended.open_descriptors = usage.open_files.used;
        ended.left = Left {
            entries: usage.entries.used,
            bytes: usage.bytes.used,
            memory: usage.memory.used,
        };
        ended
    }

    pub(crate) fn volume(&self) -> &Arc<Volume> {
        &self.volume
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        self.end();
    }
}

/// Counts what the end of a space freed, and what is still charged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ended {
    /// Entries that were freed. Each name is one, and so is each inode without a name.
    pub entries: u64,
    /// Bytes that were freed, by the sizes of files.
    pub bytes: u64,
    /// Descriptors and listings that were still open. They answer [`Error::NoEntry`] now.
    pub open_descriptors: u64,
    /// Exports that were cut short, and taken back.
    pub exports_cut: u64,
    /// Exports that were cut short in the middle of a step that took too long to wait for. They take themselves back after that step.
    pub exports_running: u64,
    /// What is still charged to the space. It is counted, not assumed.
    pub left: Left,
}

/// Counts what is still charged to a space after its end. Every count is 0, unless this crate has a bug, or the space was
/// only reset and is in use again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Entries.
    pub entries: u64,
    /// Bytes of files.
    pub bytes: u64,
    /// Bytes of memory.
    pub memory: u64,
}

/// Makes a [`Space`].
#[must_use]
pub struct SpaceBuilder {
    budget: Budget,
    limits: Limits,
    label: Label,
    clock: Box<dyn Clock>,
}

impl SpaceBuilder {
    /// Sets the limits. The default is [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the label, which names the owner of the space. The default is empty.
    pub fn label(mut self, label: Label) -> Self {
        self.label = label;
        self
    }

    /// Sets the clock that times come from. The default is [`SystemClock`].
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Makes the space.
    ///
    /// # Errors
    ///
    /// [`Error::InsufficientMemory`] if the host has no memory.
    pub fn build(self) -> Result<Space> {
        let account = Account::below(self.budget.account(), Level::Space, self.label, &self.limits);
        let volume = Arc::new(Volume::new(
            Storage::new(account, self.budget.spill().map(Disk::new)),
            self.clock,
        ));
        let now = volume.now();
        volume.lock().plant(now)?;
        let number = self.budget.register(&volume);
        Ok(Space {
            volume,
            budget: self.budget,
            number,
            is_unregistered: AtomicBool::new(false),
        })
    }
}
