//! Tables of numbered items. A table grows by fixed pages, so no insertion copies the whole table.

use crate::allocate;
use crate::convert::to_index;
use crate::error::{Error, Result};

/// Means "no slot".
pub(crate) const NONE: u32 = u32::MAX;

/// Number of slots in a page. A page is allocated in a microsecond, and a small table grows to one page by doubling.
const PAGE: usize = 256;

/// A table of items, each in a slot that has a number. Freed slots are used again first, the last freed one before the others.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    pages: Vec<Vec<Slot<T>>>,
    free: u32,
}

#[derive(Debug)]
enum Slot<T> {
    Used(T),
    /// The number of the next free slot.
    Free(u32),
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self {
            pages: Vec::new(),
            free: NONE,
        }
    }
}

impl<T> Slab<T> {
    /// Makes room for one more item, so that the next insertion cannot fail.
    pub(crate) fn reserve(&mut self) -> Result<()> {
        if self.free != NONE {
            return Ok(());
        }
        let pages = self.pages.len();
        match self.pages.last_mut() {
            Some(page) if page.len() < PAGE => return page.try_reserve(1).map_err(|_| Error::InsufficientMemory),
            _ => {}
        }
        if pages >= to_index(NONE) / PAGE {
            return Err(Error::InsufficientMemory);
        }
        let page = allocate::vector(if pages == 0 { 1 } else { PAGE })?;
        self.pages.try_reserve(1).map_err(|_| Error::InsufficientMemory)?;
        self.pages.push(page);
        Ok(())
    }

    /// Inserts an item. Returns its number. The caller has called [`Slab::reserve`].
    pub(crate) fn insert(&mut self, item: T) -> u32 {
        if self.free != NONE {
            let number = self.free;
            let slot = self.slot_mut(number);
            if let Slot::Free(next) = std::mem::replace(slot, Slot::Used(item)) {
                self.free = next;
            }
            return number;
        }
        let before = self.pages.len().saturating_sub(1);
        match self.pages.last_mut() {
            Some(page) => {
                page.push(Slot::Used(item));
                u32::try_from(before * PAGE + page.len() - 1).unwrap_or(NONE)
            }
            None => unreachable!("room is reserved before an item is inserted"),
        }
    }

    /// Removes an item.
    pub(crate) fn remove(&mut self, number: u32) -> Option<T> {
        let free = self.free;
        let slot = self
            .pages
            .get_mut(to_index(number) / PAGE)?
            .get_mut(to_index(number) % PAGE)?;
        match std::mem::replace(slot, Slot::Free(free)) {
            Slot::Used(item) => {
                self.free = number;
                Some(item)
            }
            Slot::Free(next) => {
                *slot = Slot::Free(next);
                None
            }
        }
    }

    fn slot_mut(&mut self, number: u32) -> &mut Slot<T> {
        &mut self.pages[to_index(number) / PAGE][to_index(number) % PAGE]
    }

    /// Returns an item, if its slot is used.
    pub(crate) fn find(&self, number: u32) -> Option<&T> {
        match self.pages.get(to_index(number) / PAGE)?.get(to_index(number) % PAGE)? {
            Slot::Used(item) => Some(item),
            Slot::Free(_) => None,
        }
    }

    /// Returns an item whose slot is used.
    ///
    /// # Panics
    ///
    /// Panics if the slot is free. A caller that keeps the number of a slot makes sure that the item stays there.
    pub(crate) fn get(&self, number: u32) -> &T {
        self.find(number).expect("a number that is kept belongs to an item")
    }

    /// Returns an item whose slot is used, so that it can be changed.
    ///
    /// # Panics
    ///
    /// Panics if the slot is free, as [`Slab::get`] does.
    pub(crate) fn get_mut(&mut self, number: u32) -> &mut T {
        match self.slot_mut(number) {
            Slot::Used(item) => item,
            Slot::Free(_) => panic!("a number that is kept belongs to an item"),
        }
    }

    /// Takes all items out, page by page.
    pub(crate) fn into_items(self) -> impl Iterator<Item = T> {
        self.pages.into_iter().flatten().filter_map(|slot| match slot {
            Slot::Used(item) => Some(item),
            Slot::Free(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freed_slots_are_used_again_the_last_freed_first() {
        let mut slab = Slab::default();
        let insert = |slab: &mut Slab<u64>, item| {
            slab.reserve().unwrap();
            slab.insert(item)
        };
        let numbers: Vec<u32> = (0..1_000).map(|item| insert(&mut slab, item)).collect();
        assert!(numbers.iter().copied().eq(0..1_000));
        assert_eq!(
            (slab.remove(3), slab.remove(700), slab.remove(700)),
            (Some(3), Some(700), None)
        );
        assert_eq!((slab.find(3), slab.find(4), slab.find(5_000)), (None, Some(&4), None));
        assert_eq!(
            [insert(&mut slab, 1), insert(&mut slab, 2), insert(&mut slab, 3)],
            [700, 3, 1_000]
        );
        assert_eq!(slab.into_items().count(), 1_001);
    }
}
