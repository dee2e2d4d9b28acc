//! Spaces: file systems with an owner, a beginning and an end.

use crate::account::{Account, Level, Usage};
use crate::budget::Budget;
use crate::descriptor::{Access, Descriptor};
use crate::error::{Error, Result};
use crate::label::Label;
use crate::limits::Limits;
use crate::slab::NONE;
use crate::tier::{Backing, Storage};
use crate::time::{Clock, SystemClock};
use crate::tree::Tree;
use crate::volume::Volume;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A file system in memory, which ends with its owner.
///
/// Dropping a space ends it, as [`Space::end`] does. Descriptors may live longer: they answer [`Error::NoEntry`] then, and
/// keep nothing of the tree alive. Several threads may use a space and its descriptors at once.
#[derive(Debug)]
pub struct Space {
    volume: Arc<Volume>,
    budget: Budget,
    number: u64,
    has_left: AtomicBool,
}

impl Space {
    /// Starts to make a space below a budget.
    pub fn builder(budget: &Budget) -> SpaceBuilder {
        SpaceBuilder {
            budget: budget.clone(),
            limits: Limits::default(),
            label: Label::default(),
            clock: Box::new(SystemClock),
            backing: None,
        }
    }

    /// Opens the directory at the top.
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

    /// Returns how long ago the space was made.
    pub fn age(&self) -> Duration {
        self.volume.age()
    }

    /// Returns what the space uses, and what it was refused.
    pub fn usage(&self) -> Usage {
        self.volume.account().usage()
    }

    /// Returns how many files, directories and links were ever made in the space, its roots among them.
    pub fn made(&self) -> u64 {
        self.volume.lock().made()
    }

    /// Changes the limits. A limit below what is used removes nothing and stops growth.
    pub fn set_limits(&self, limits: Limits) {
        self.volume.account().set_limits(&limits);
    }

    /// Says whether the space has ended.
    pub fn has_ended(&self) -> bool {
        self.volume.lock().root == NONE
    }

    /// Ends the space: everything in it is deleted before this returns, and descriptors that are still open answer
    /// [`Error::NoEntry`].
    ///
    /// It waits for nobody but for whoever copies to or from a content just then, which is 1 MiB each.
    /// Ending twice is fine, and frees nothing the second time.
    pub fn end(&self) -> Ended {
        let tree = self.volume.lock().take();
        if !self.has_left.swap(true, Ordering::Relaxed) {
            self.budget.leave(self.number);
        }
        self.free(tree)
    }

    /// Deletes everything, as [`Space::end`] does, and begins again with an empty root.
    ///
    /// # Errors
    ///
    /// [`Error::NoEntry`] if the space has ended, [`Error::InsufficientMemory`] if there is no memory for a root, which ends the
    /// space.
    pub fn reset(&self) -> Result<Ended> {
        let now = self.volume.now();
        let mut tree = self.volume.lock();
        if tree.root == NONE {
            return Err(Error::NoEntry);
        }
        let old = tree.take();
        let planted = tree.plant(now);
        drop(tree);
        let ended = self.free(old);
        planted.map(|()| ended)
    }

    fn free(&self, tree: Tree) -> Ended {
        let storage = self.volume.storage();
        let root = tree.root;
        let serial = (root != NONE).then(|| tree.inode(root).serial);
        let mut ended = Ended::default();
        for inode in tree.inodes.into_items() {
            if Some(inode.serial) == serial {
                inode.release_body(storage);
                continue;
            }
            ended.entries += u64::from(inode.links.max(1));
            ended.bytes += inode.release(storage);
        }
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

/// What the end of a space freed, and what it left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ended {
    /// Entries that were freed: names, and inodes that had none.
    pub entries: u64,
    /// Bytes that were freed: the sizes of files.
    pub bytes: u64,
    /// Descriptors and listings that were open, and that are shells now.
    pub open_descriptors: u64,
    /// What is still charged to the space: counted, not assumed.
    pub left: Left,
}

/// What is still charged to a space after its end. All of it is 0, unless this crate has a mistake, the space was only reset and is in
/// use again, or another thread had removed or cut off something just before, and was about to give that back: then it is 0
/// when that operation has returned.
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
    backing: Option<Arc<dyn Backing>>,
}

impl SpaceBuilder {
    /// Sets the limits; [`Limits::default`] otherwise.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Says whose space it is; nobody's otherwise.
    pub fn label(mut self, label: Label) -> Self {
        self.label = label;
        self
    }

    /// Sets the clock that times come from; the system's otherwise.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Sets the place for contents that outgrow memory; none otherwise.
    #[cfg(test)]
    pub(crate) fn backing(mut self, backing: Arc<dyn Backing>) -> Self {
        self.backing = Some(backing);
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
            Storage {
                account,
                backing: self.backing,
            },
            self.clock,
        ));
        let now = volume.now();
        volume.lock().plant(now)?;
        let number = self.budget.enter(&volume);
        Ok(Space {
            volume,
            budget: self.budget,
            number,
            has_left: AtomicBool::new(false),
        })
    }
}
