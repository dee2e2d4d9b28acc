//! A hash table over the items of a [`Slab`], which grows by one bucket at a time (linear hashing).
//!
//! A table that doubles moves all its items in one step, which took 220 ms at 918,000 entries. This table splits one bucket for each
//! item that is added, so the longest step does not depend on its size.

use crate::allocate;
use crate::convert::to_index;
use crate::error::{Error, Result};
use crate::slab::{NONE, Slab};

/// Number of buckets in a page of the table.
const PAGE: u32 = 1024;

/// An item of an [`Index`], which has a hash and links to the next item of its bucket.
pub(crate) trait Chained {
    fn hash(&self) -> u32;
    fn next(&self) -> u32;
    fn set_next(&mut self, next: u32);
}

/// A hash table. Each bucket holds the number of its first item.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pages: Vec<Vec<u32>>,
    buckets: u32,
    items: u32,
}

impl Index {
    /// Makes room for one more item, so that the next insertion cannot fail.
    pub(crate) fn reserve(&mut self) -> Result<()> {
        if self.buckets == 0 { self.add_bucket() } else { Ok(()) }
    }

    fn add_bucket(&mut self) -> Result<()> {
        let page = match self.pages.last_mut() {
            Some(page) if page.len() < to_index(PAGE) => page,
            last => {
                let page = allocate::vector(if last.is_some() { to_index(PAGE) } else { 16 })?;
                self.pages.try_reserve(1).map_err(|_| Error::InsufficientMemory)?;
                self.pages.push(page);
                let at = self.pages.len() - 1;
                &mut self.pages[at]
            }
        };
        page.try_reserve(1).map_err(|_| Error::InsufficientMemory)?;
        page.push(NONE);
        self.buckets += 1;
        Ok(())
    }

    fn bucket_of(&self, hash: u32) -> u32 {
        // With `lower` the greatest power of two up to the number of buckets, the hash selects one of `2 * lower` buckets. If that
        // bucket does not exist yet, the item is in its counterpart in the lower half.
        let lower = 1_u32 << self.buckets.ilog2();
        let bucket = hash & (lower.wrapping_mul(2).wrapping_sub(1));
        if bucket < self.buckets {
            bucket
        } else {
            hash & (lower - 1)
        }
    }

    fn head(&self, bucket: u32) -> u32 {
        self.pages[to_index(bucket / PAGE)][to_index(bucket % PAGE)]
    }

    fn head_mut(&mut self, bucket: u32) -> &mut u32 {
        &mut self.pages[to_index(bucket / PAGE)][to_index(bucket % PAGE)]
    }

    /// Returns the number of the item that has a hash and satisfies a condition.
    pub(crate) fn find<T: Chained>(&self, items: &Slab<T>, hash: u32, is_it: impl Fn(&T) -> bool) -> Option<u32> {
        if self.buckets == 0 {
            return None;
        }
        let mut number = self.head(self.bucket_of(hash));
        while number != NONE {
            let item = items.get(number);
            if item.hash() == hash && is_it(item) {
                return Some(number);
            }
            number = item.next();
        }
        None
    }

    /// Adds an item of the slab. The caller has called [`Index::reserve`].
    pub(crate) fn insert<T: Chained>(&mut self, items: &mut Slab<T>, number: u32) {
        self.link(items, number);
        self.items += 1;
        if self.items > self.buckets {
            self.split(items);
        }
    }

    fn link<T: Chained>(&mut self, items: &mut Slab<T>, number: u32) {
        let item = items.get_mut(number);
        let head = self.head_mut(self.bucket_of(item.hash()));
        item.set_next(std::mem::replace(head, number));
    }

    /// Adds a bucket, and moves the items that belong there out of their old bucket. If there is no memory, the buckets get longer
    /// instead.
    fn split<T: Chained>(&mut self, items: &mut Slab<T>) {
        let old = self.buckets - (1_u32 << self.buckets.ilog2());
        if self.add_bucket().is_err() {
            return;
        }
        let mut number = std::mem::replace(self.head_mut(old), NONE);
        while number != NONE {
            let next = items.get(number).next();
            self.link(items, number);
            number = next;
        }
    }

    /// Removes an item from the index. It stays in the slab.
    pub(crate) fn remove<T: Chained>(&mut self, items: &mut Slab<T>, number: u32) {
        let (hash, next) = {
            let item = items.get(number);
            (item.hash(), item.next())
        };
        let bucket = self.bucket_of(hash);
        let mut at = self.head(bucket);
        if at == number {
            *self.head_mut(bucket) = next;
        } else {
            while items.get(at).next() != number {
                at = items.get(at).next();
            }
            items.get_mut(at).set_next(next);
        }
        self.items -= 1;
    }
}
