//! Handles on inodes, which keep them while an export works on them.

use crate::tree::Tree;
use crate::volume::Volume;
use std::sync::Arc;

/// A handle on an inode. It keeps the inode, as a descriptor does, and counts as no open file.
///
/// It must not be dropped under the lock of the tree.
#[derive(Debug)]
pub(super) struct Held {
    volume: Arc<Volume>,
    epoch: u64,
    slot: u32,
}

impl Held {
    pub(super) fn new(volume: &Arc<Volume>, tree: &mut Tree, slot: u32) -> Self {
        tree.acquire(slot);
        Self {
            volume: Arc::clone(volume),
            epoch: tree.epoch,
            slot,
        }
    }

    pub(super) fn slot(&self) -> u32 {
        self.slot
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.volume.close(self.epoch, self.slot);
    }
}
