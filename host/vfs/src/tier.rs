//! The seam between contents and the disk: what a content needs of a place outside of memory.
//!
//! A content begins in memory. When it outgrows the memory that one file may have, or when the memory of all files is used
//! up, it moves to a [`Backing`], if its space has one. There is none yet: the next step adds files without names, and a
//! file that many small contents share.

use crate::account::Account;
use crate::error::Result;
use std::fmt;
use std::sync::Arc;

/// Why a content leaves memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outgrown {
    /// It is larger than one file may be in memory.
    File,
    /// The memory of all files is used up.
    Total,
}

/// Makes places outside of memory.
pub(crate) trait Backing: fmt::Debug + Send + Sync {
    /// Makes an empty place for one content.
    fn create(&self, reason: Outgrown) -> Result<Box<dyn Backed>>;
}

/// The place of one content outside of memory.
///
/// Like a file, it reads zeros where nothing was written, up to its size, and nothing behind.
pub(crate) trait Backed: fmt::Debug + Send {
    /// Fills a buffer from an offset. The whole range is within the size.
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<()>;

    /// Writes all data at an offset, and grows if need be. After an error the range may have changed, and nothing else.
    fn write(&mut self, offset: u64, data: &[u8]) -> Result<()>;

    /// Sets the size.
    fn set_size(&mut self, size: u64) -> Result<()>;
}

/// What contents draw on: the account that they are charged to, and the place for those that outgrow memory.
#[derive(Debug)]
pub(crate) struct Storage {
    pub(crate) account: Account,
    pub(crate) backing: Option<Arc<dyn Backing>>,
}
