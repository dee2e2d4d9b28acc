//! Contents on disk: which file a content goes to, and what that file then holds.

use crate::account::{Account, Level, Resource};
use crate::content::Tier;
use crate::error::{Error, Result};
use crate::limits::Limit;
use crate::own::{OwnFile, OwnFiles};
use crate::slot_content::SlotContent;
use crate::slots::SlotFile;
use crate::spill::{NamelessFile, Purpose, Shortage, SpillDirectory};
use std::sync::Arc;

/// The reason why a content leaves memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outgrown {
    /// The content is larger than one file may be in memory.
    File,
    /// The memory of all files is used up.
    Total,
}

/// Holds the slot file of a space, and counts its files of one content each.
#[derive(Debug)]
pub(crate) struct Disk {
    spill: SpillDirectory,
    slots: Arc<SlotFile>,
    own_files: OwnFiles,
}

impl Disk {
    pub(crate) fn new(spill: SpillDirectory) -> Self {
        Self {
            slots: Arc::new(SlotFile::new(spill.clone())),
            spill,
            own_files: OwnFiles::default(),
        }
    }

    /// Returns whether there is a directory to write to.
    pub(crate) fn is_usable(&self) -> bool {
        self.spill.is_usable()
    }

    /// Makes an empty place for a content.
    pub(crate) fn create(&self, account: &Account, reason: Outgrown) -> Result<DiskContent> {
        if reason == Outgrown::File
            && let Some(own) = self.create_own(account)?
        {
            return Ok(DiskContent::Own(own));
        }
        Ok(DiskContent::Slots(SlotContent::new(self)))
    }

    /// Makes a file for one content, or returns `None` if the space has enough of them or if there is no descriptor for another.
    fn create_own(&self, account: &Account) -> Result<Option<OwnFile>> {
        let Some(count) = self.own_files.take() else {
            return Ok(None);
        };
        match self.spill.create(Purpose::Own) {
            Ok(file) => Ok(Some(OwnFile::new(file, self.spill.clone(), count))),
            Err(Shortage::Descriptors) => Ok(None),
            Err(shortage) => Err(refuse(account, shortage)),
        }
    }

    pub(crate) fn spill(&self) -> &SpillDirectory {
        &self.spill
    }

    pub(crate) fn slots(&self) -> &Arc<SlotFile> {
        &self.slots
    }

    /// Closes the slot file. Called after all contents of the space were freed.
    pub(crate) fn end(&self) {
        self.slots.end();
    }
}

/// Counts a refusal of the disk. Returns the error for the program.
pub(crate) fn refuse(account: &Account, shortage: Shortage) -> Error {
    use std::io::ErrorKind;
    match shortage {
        Shortage::Floor => account.refuse_at(Limit::Bytes, Level::Disk),
        Shortage::Descriptors => {
            account.refuse_at(Limit::Bytes, Level::Descriptors);
            Error::InsufficientMemory
        }
        Shortage::System(error) => match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                account.refuse_at(Limit::Bytes, Level::Disk)
            }
            ErrorKind::OutOfMemory => Error::InsufficientMemory,
            _ => {
                tracing::warn!(space = account.label().as_str(), %error, "the disk under a space fails");
                Error::Io
            }
        },
    }
}

/// Charges what a content takes in the file system, and the memory of the machine where the file system is in memory.
pub(crate) fn charge(account: &Account, tier: Resource, spill: &SpillDirectory, bytes: u64) -> Result<()> {
    if spill.is_memory() {
        account.charge_highest(Resource::Memory, bytes)?;
    }
    account.count(tier, bytes);
    Ok(())
}

pub(crate) fn release(account: &Account, tier: Resource, spill: &SpillDirectory, bytes: u64) {
    account.release(tier, bytes);
    if spill.is_memory() {
        account.release_highest(Resource::Memory, bytes);
    }
}

/// The place of a content on disk. Up to the size of the content, a byte that was not written reads as zero.
#[derive(Debug)]
pub(crate) enum DiskContent {
    Own(OwnFile),
    Slots(SlotContent),
}

impl DiskContent {
    pub(crate) fn tier(&self) -> Tier {
        match self {
            Self::Own(_) => Tier::OwnFile,
            Self::Slots(_) => Tier::Slots,
        }
    }

    /// Fills a buffer from an offset. The whole range is within the size of the content.
    pub(crate) fn read(&self, account: &Account, offset: u64, buffer: &mut [u8]) -> Result<()> {
        match self {
            Self::Own(own) => own.read(offset, buffer),
            Self::Slots(slots) => slots.read(offset, buffer),
        }
        .map_err(|error| refuse(account, error.into()))
    }

    /// Returns the file that holds this content and nothing else, if there is one.
    pub(crate) fn own_file(&self) -> Option<&NamelessFile> {
        match self {
            Self::Own(own) => Some(own.nameless()),
            Self::Slots(_) => None,
        }
    }

    /// Returns a range at or after an offset in which something may have been written, if there is one. There is a hole before it.
    pub(crate) fn next_written(&self, offset: u64, size: u64) -> Option<(u64, u64)> {
        let (start, end) = match self {
            Self::Own(_) => (offset, size),
            Self::Slots(slots) => slots.next_written(offset)?,
        };
        (start < end.min(size)).then_some((start, end.min(size)))
    }

    /// Writes all data at an offset, and grows if necessary. After an error, only bytes in this range may have changed.
    pub(crate) fn write(&mut self, account: &Account, offset: u64, data: &[u8]) -> Result<()> {
        match self {
            Self::Own(own) => own.write(account, offset, data),
            Self::Slots(slots) => slots.write(account, offset, data),
        }
    }

    /// Cuts off what is beyond a size. Bytes that are added need nothing, because they were not written.
    pub(crate) fn truncate(&mut self, account: &Account, size: u64) -> Result<()> {
        match self {
            Self::Own(own) => own.truncate(account, size),
            Self::Slots(slots) => slots.truncate(account, size),
        }
    }

    /// Frees the content and its charges. The system may take a tenth of a second to free a file of 1 GiB.
    pub(crate) fn release(self, account: &Account) {
        match self {
            Self::Own(own) => own.release(account),
            Self::Slots(slots) => slots.release(account),
        }
    }
}

#[cfg(test)]
mod tests;
