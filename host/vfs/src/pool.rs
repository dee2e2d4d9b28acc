//! Pages of memory, and the free ones that a process keeps.
//!
//! Fresh memory costs page faults: without kept pages the life of a file of 1 MiB takes seven times as long.

use crate::account::{Account, Resource};
use crate::allocate;
use crate::convert::to_u64;
use crate::error::Result;
use crate::lock::lock;
use std::sync::Mutex;

/// Size of a page: large enough that a copy costs more than finding its page, small enough for files of some pages.
pub(crate) const PAGE: usize = 64 * 1024;

/// [`PAGE`], as a charge.
pub(crate) const PAGE_BYTES: u64 = 64 * 1024;

/// Most free pages that are kept: 16 MiB, which is as much as sixteen requests with a file of 1 MiB use at once.
const MAX_FREE: usize = 16 * 1024 * 1024 / PAGE;

/// A page of a content: room for [`PAGE`] bytes, of which the first ones were written.
///
/// What was not written cannot be read, because the vector does not have it: the bytes of the page's former owner are out
/// of reach, and those between two writes are zeroed when the vector grows over them.
#[derive(Debug)]
pub(crate) struct Page(Vec<u8>);

impl Page {
    /// Allocates a page.
    pub(crate) fn new() -> Result<Self> {
        allocate::vector(PAGE).map(Self)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

/// Free pages. The budget that has none above it is charged for them.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    free: Mutex<Vec<Page>>,
}

impl Pool {
    /// Takes a free page, if there is one.
    pub(crate) fn take(&self) -> Option<Page> {
        lock(&self.free).pop()
    }

    /// Keeps a page, or hands it back if there are enough.
    pub(crate) fn put(&self, mut page: Page) -> Option<Page> {
        page.0.clear();
        let mut free = lock(&self.free);
        if free.len() >= MAX_FREE || free.try_reserve(1).is_err() {
            return Some(page);
        }
        free.push(page);
        None
    }

    /// Frees all pages that are kept, and their charge. Says whether there were any.
    pub(crate) fn trim(&self, highest: &Account) -> bool {
        let free = std::mem::take(&mut *lock(&self.free));
        let bytes = to_u64(free.len()) * PAGE_BYTES;
        drop(free);
        highest.release_own(Resource::Memory, bytes);
        bytes > 0
    }
}
