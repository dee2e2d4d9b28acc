//! Pages of memory, and the free pages that a process keeps.
//!
//! Fresh memory costs page faults. Without kept pages, a file of 1 MiB takes seven times as long from creation to deletion.

use crate::account::{Account, Resource};
use crate::allocate;
use crate::convert::to_u64;
use crate::error::Result;
use crate::lock::lock;
use std::sync::Mutex;

/// Size of a page in bytes. It is so large that copying a page costs more than finding it, and small enough for files of a few pages.
pub(crate) const PAGE: usize = 64 * 1024;

/// The value of [`PAGE`] in the type of a charge.
pub(crate) const PAGE_BYTES: u64 = 64 * 1024;

/// Maximum number of free pages that are kept. They take 16 MiB, which is what sixteen requests with a file of 1 MiB each use at once.
const MAX_FREE: usize = 16 * 1024 * 1024 / PAGE;

/// A page of a content, which has room for [`PAGE`] bytes. The vector holds the written part.
///
/// Bytes that were not written cannot be read, because the vector does not contain them. The bytes of the page's former owner are
/// out of reach, and a gap between two writes is zeroed when the vector grows over it.
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

    /// Keeps a page, or returns it if enough pages are kept.
    pub(crate) fn put(&self, mut page: Page) -> Option<Page> {
        page.0.clear();
        let mut free = lock(&self.free);
        if free.len() >= MAX_FREE || free.try_reserve(1).is_err() {
            return Some(page);
        }
        free.push(page);
        None
    }

    /// Frees all kept pages and their charge. Returns whether there were any.
    pub(crate) fn trim(&self, highest: &Account) -> bool {
        let free = std::mem::take(&mut *lock(&self.free));
        let bytes = to_u64(free.len()) * PAGE_BYTES;
        drop(free);
        highest.release_own(Resource::Memory, bytes);
        bytes > 0
    }
}
