//! Entries, which are the names of inodes.

use crate::allocate;
use crate::error::{Error, Result};
use crate::index::Chained;

/// Maximum length of a name in bytes, as on Linux.
pub(crate) const MAX_NAME: usize = 255;

/// Maximum length in bytes of a name that is stored without an allocation.
const SHORT: usize = 22;

/// A name of 1 to 255 bytes, without `/` and NUL, that is neither `.` nor `..`.
#[derive(Debug)]
pub(crate) enum Name {
    Short { length: u8, bytes: [u8; SHORT] },
    Long(Box<[u8]>),
}

impl Name {
    pub(crate) fn new(name: &[u8]) -> Result<Self> {
        debug_assert!(!name.is_empty() && !name.contains(&b'/') && !name.contains(&0) && name != b"." && name != b"..");
        if name.len() > MAX_NAME {
            return Err(Error::NameTooLong);
        }
        match u8::try_from(name.len()) {
            Ok(length) if name.len() <= SHORT => {
                let mut bytes = [0; SHORT];
                bytes[..name.len()].copy_from_slice(name);
                Ok(Self::Short { length, bytes })
            }
            _ => allocate::copy(name).map(Self::Long),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Short { length, bytes } => &bytes[..usize::from(*length)],
            Self::Long(bytes) => bytes,
        }
    }
}

/// A name of an inode in a directory.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: Name,
    /// The number that the entry got in its directory, by which listings are ordered.
    pub(crate) number: u64,
    pub(crate) hash: u32,
    /// The next entry in the same bucket.
    pub(crate) next: u32,
    pub(crate) directory: u32,
    pub(crate) inode: u32,
    /// The neighbours in the list of names of the same inode.
    pub(crate) previous_name: u32,
    pub(crate) next_name: u32,
}

impl Chained for Entry {
    fn hash(&self) -> u32 {
        self.hash
    }

    fn next(&self) -> u32 {
        self.next
    }

    fn set_next(&mut self, next: u32) {
        self.next = next;
    }
}
