//! Listings of directories.

use crate::descriptor::Descriptor;
use crate::error::{Error, Result};
use crate::metadata::{Kind, MetadataHash};

/// An entry of a directory, as a listing returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirectoryEntry {
    /// The name.
    pub name: Vec<u8>,
    /// The kind of the inode that it names.
    pub kind: Kind,
    /// The number of the entry, with which [`Listing::seek`] continues after it. It is at least 3.
    pub cookie: u64,
    /// The hash of the inode that it names.
    pub hash: MetadataHash,
}

/// A listing of a directory, without `.` and `..`.
///
/// A listing returns entries in the order of the numbers that they got when they were made. It ends at the last number that was given
/// out before it was opened. So it returns every entry that stays in the directory exactly once, and no entry that is made meanwhile. A
/// renamed entry gets a new number, so it counts as made meanwhile. A replaced entry keeps its number.
///
/// A listing holds no entries, so the memory that it takes does not depend on the size of the directory. It counts as an open file.
#[derive(Debug)]
pub struct Listing {
    directory: Descriptor,
    after: u64,
    end: u64,
}

impl Descriptor {
    /// Opens a listing of this directory.
    ///
    /// # Errors
    ///
    /// `NotDirectory` if this is a file, `Quota` if too many files are open.
    pub fn list(&self) -> Result<Listing> {
        let mut tree = self.lock_directory()?;
        let end = tree.directory(self.slot()).next_number;
        let directory = Self::open(self.volume(), &mut tree, self.slot(), self.granted())?;
        Ok(Listing {
            directory,
            after: 0,
            end,
        })
    }
}

impl Listing {
    /// Moves to the position after the entry with this cookie, whether or not the entry still exists. The cookie 0 is the beginning.
    ///
    /// A move to the beginning also includes the entries that were made since the listing was opened, as `rewinddir` does.
    ///
    /// # Errors
    ///
    /// `NoEntry` after the space has ended or was reset.
    pub fn seek(&mut self, cookie: u64) -> Result<()> {
        let tree = self.directory.lock()?;
        if cookie == 0 {
            self.end = tree.directory(self.directory.slot()).next_number;
        }
        self.after = cookie;
        Ok(())
    }

    /// Returns the next entry, or `None` at the end.
    ///
    /// # Errors
    ///
    /// `InsufficientMemory` if the host has no memory, `NoEntry` after the space has ended or was reset.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator would hide that the listing continues after an error"
    )]
    pub fn next(&mut self) -> Result<Option<DirectoryEntry>> {
        let tree = self.directory.lock_directory()?;
        let slot = self.directory.slot();
        if tree.directory(slot).is_dead {
            return Ok(None);
        }
        let Some((place, entry)) = tree
            .entry_after(slot, self.after)
            .filter(|(place, _)| place.number < self.end)
        else {
            return Ok(None);
        };
        let inode = tree.inode(entry.inode);
        let found = DirectoryEntry {
            name: crate::allocate::copy(entry.name.bytes())?.into_vec(),
            kind: inode.kind(),
            cookie: place.number,
            hash: tree.metadata_hash(inode.serial),
        };
        self.after = place.number;
        Ok(Some(found))
    }

    /// Reads all remaining entries.
    ///
    /// # Errors
    ///
    /// Those of [`Listing::next`].
    pub fn collect(mut self) -> Result<Vec<DirectoryEntry>> {
        let mut entries = Vec::new();
        while let Some(entry) = self.next()? {
            entries.try_reserve(1).map_err(|_| Error::InsufficientMemory)?;
            entries.push(entry);
        }
        Ok(entries)
    }
}
