//! The exports of a space that are in progress, and the marks that they leave on inodes.
//!
//! A persist marks every file and directory that it works on with its own number. The mark counts only while the export with this number
//! is registered here, so one step unmarks everything at once, whatever the size of the tree.

use super::job::Control;
use crate::error::{Error, Result};
use crate::lock::lock;
use crate::volume::Volume;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};

/// The exports of a space that are in progress.
#[derive(Debug, Default)]
pub(crate) struct Exports {
    last_mark: AtomicU64,
    running: Mutex<Vec<Export>>,
}

/// An export in progress.
#[derive(Clone, Debug)]
pub(crate) struct Export {
    /// The number with which it marks inodes.
    pub(crate) mark: u64,
    /// The epoch of the tree that it began in.
    pub(crate) epoch: u64,
    control: Weak<Control>,
}

/// Counts exports that were cut short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Exports that were taken back.
    pub(crate) cut: u64,
    /// Exports whose step took too long to wait for.
    pub(crate) running: u64,
}

impl Exports {
    /// Checks that no export in progress has left a mark.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if one has.
    pub(crate) fn check(&self, mark: u64) -> Result<()> {
        // Hardly any inode was ever marked.
        if mark != 0 && lock(&self.running).iter().any(|export| export.mark == mark) {
            return Err(Error::Busy);
        }
        Ok(())
    }

    /// Cuts exports short. Waits for those that are in the middle of a step, up to a bound. The caller holds no lock.
    pub(crate) fn cut(&self, is_chosen: impl Fn(&Export) -> bool) -> Cut {
        let chosen: Vec<Export> = lock(&self.running)
            .iter()
            .filter(|export| is_chosen(export))
            .cloned()
            .collect();
        let mut cut = Cut::default();
        for control in chosen.iter().filter_map(|export| export.control.upgrade()) {
            if control.cut() {
                cut.cut += 1;
            } else {
                cut.running += 1;
            }
        }
        cut
    }
}

/// The registration of an export. Dropping it unmarks everything that the export has marked.
#[derive(Debug)]
pub(super) struct Registration {
    volume: Arc<Volume>,
    mark: u64,
    epoch: u64,
}

impl Registration {
    /// Registers an export that begins.
    pub(super) fn new(volume: &Arc<Volume>, epoch: u64, control: &Arc<Control>) -> Self {
        let exports = &volume.storage().exports;
        let mark = exports.last_mark.fetch_add(1, Ordering::Relaxed) + 1;
        lock(&exports.running).push(Export {
            mark,
            epoch,
            control: Arc::downgrade(control),
        });
        Self {
            volume: Arc::clone(volume),
            mark,
            epoch,
        }
    }

    pub(super) fn volume(&self) -> &Arc<Volume> {
        &self.volume
    }

    pub(super) fn mark(&self) -> u64 {
        self.mark
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        lock(&self.volume.storage().exports.running).retain(|export| export.mark != self.mark);
    }
}
