//! The interface between contents and the disk.
//!
//! A content begins in memory. When it outgrows the memory that one file may have, or when the memory of all files is used
//! up, it moves to a [`Backing`], if its space has one. Only tests have one yet. A later version adds nameless files on disk,
//! and a file on disk that many small contents share.

use crate::account::Account;
use crate::error::Result;
use crate::export::Exports;
use std::fmt;
use std::fs::File;
use std::sync::Arc;

/// The reason why a content leaves memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outgrown {
    /// The content is larger than one file may be in memory.
    File,
    /// The memory of all files is used up.
    Total,
}

/// Makes places for contents outside of memory.
pub(crate) trait Backing: fmt::Debug + Send + Sync {
    /// Makes an empty place for one content.
    fn create(&self, reason: Outgrown) -> Result<Box<dyn Backed>>;
}

/// The place of one content outside of memory.
///
/// It behaves like a file. Up to its size, a byte that was not written reads as zero.
pub(crate) trait Backed: fmt::Debug + Send {
    /// Fills a buffer from an offset. The whole range is within the size.
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<()>;

    /// Writes all data at an offset, and grows if necessary. After an error, only bytes in this range may have changed.
    fn write(&mut self, offset: u64, data: &[u8]) -> Result<()>;

    /// Sets the size.
    fn set_size(&mut self, size: u64) -> Result<()>;

    /// Returns the file on disk that holds this content and nothing else, if there is one.
    ///
    /// A persist gives it a name instead of copying it. That works only if it was made with `O_TMPFILE` and without `O_EXCL`.
    fn own_file(&self) -> Option<&File> {
        None
    }
}

/// The account that contents are charged to, the backing for those that outgrow memory, and the exports in progress.
#[derive(Debug)]
pub(crate) struct Storage {
    pub(crate) account: Account,
    pub(crate) backing: Option<Arc<dyn Backing>>,
    pub(crate) exports: Exports,
}
