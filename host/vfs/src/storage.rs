//! What the contents of a space draw on.

use crate::account::Account;
use crate::disk::Disk;
use crate::export::Exports;

/// The account that contents are charged to, the disk for those that outgrow memory, and the exports in progress.
#[derive(Debug)]
pub(crate) struct Storage {
    pub(crate) account: Account,
    pub(crate) exports: Exports,
    disk: Option<Disk>,
}

impl Storage {
    pub(crate) fn new(account: Account, disk: Option<Disk>) -> Self {
        Self {
            account,
            exports: Exports::default(),
            disk,
        }
    }

    /// Returns whether there may be a disk, without a look at it.
    pub(crate) fn may_have_disk(&self) -> bool {
        self.disk.is_some()
    }

    /// Returns the disk, if there is one that can be written to. The first call may look for a directory, so it is made only when a
    /// content needs one.
    pub(crate) fn disk(&self) -> Option<&Disk> {
        self.disk.as_ref().filter(|disk| disk.is_usable())
    }

    /// Closes what all contents shared, after each of them was freed.
    pub(crate) fn end(&self) {
        if let Some(disk) = &self.disk {
            disk.end();
        }
    }
}
