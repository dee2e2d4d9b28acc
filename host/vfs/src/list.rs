//! Listing directories.

use crate::descriptor::Descriptor;
use crate::error::Result;
use crate::metadata::{Kind, MetadataHash};

/// An entry of a directory, as a listing tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirectoryEntry {
    /// The name.
    pub name: Vec<u8>,
    /// What it names.
    pub kind: Kind,
    /// The number of the entry: the cookie to go on behind it. It is at least 3.
    pub cookie: u64,
    /// The hash of what it names.
    pub hash: MetadataHash,
}

/// A listing of a directory, without `.` and `..`.
///
/// It goes through the entries by the numbers that they got when they were made, and ends at the last number that was given out when it
/// was opened. So whatever stays comes exactly once, and nothing that is made meanwhile comes, be it by renaming what came already: a
/// renamed entry has a new number, one that is replaced keeps the old. It holds no entries, and so takes the same memory whatever the
/// size of the directory. It counts as an open file.
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
    /// `NotDirectory`; `Quota` if too many files are open.
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
    /// Goes to the place behind the entry with this cookie, whether or not it still exists; 0 is the beginning.
    ///
    /// Going to the beginning also takes in what was made since the listing was opened, as `rewinddir` does.
    ///
    /// # Errors
    ///
    /// Only those of every operation.
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
    /// `InsufficientMemory`; those of every operation.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator would hide that the listing goes on after an error"
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

    /// Reads all that is left.
    ///
    /// # Errors
    ///
    /// As [`Listing::next`].
    pub fn collect(mut self) -> Result<Vec<DirectoryEntry>> {
        let mut entries = Vec::new();
        while let Some(entry) = self.next()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}
