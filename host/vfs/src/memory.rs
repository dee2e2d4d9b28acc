//! Contents in memory: pages, and nothing where there are holes.

use crate::account::{Account, PageRefusal, Resource};
use crate::allocate;
use crate::convert::{to_u64, to_usize};
use crate::pool::{PAGE, PAGE_BYTES, Page};

/// Smallest buffer of a file, in bytes: what an allocation costs anyway.
const SMALLEST: usize = 64;

/// The bytes of a content that is in memory.
///
/// The first page may be smaller than [`PAGE`]. A byte that has no page, or that is behind the written part of its page, is
/// zero. A page behind the end of the file is not kept, nor the part of one.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    first: First,
    /// The pages after the first, in order.
    rest: Vec<Numbered>,
}

/// The first page.
#[derive(Debug)]
enum First {
    /// A buffer that is smaller than a page, charged by its capacity.
    Small(Vec<u8>),
    Full(Page),
}

impl Default for First {
    fn default() -> Self {
        Self::Small(Vec::new())
    }
}

impl First {
    fn capacity(&self) -> usize {
        match self {
            Self::Small(buffer) => buffer.capacity(),
            Self::Full(_) => PAGE,
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Small(buffer) => buffer,
            Self::Full(page) => page.bytes(),
        }
    }

    fn bytes_mut(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Small(buffer) => buffer,
            Self::Full(page) => page.bytes_mut(),
        }
    }

    fn release(self, account: &Account) {
        match self {
            Self::Small(buffer) => {
                let capacity = to_u64(buffer.capacity());
                drop(buffer);
                account.release(Resource::Memory, capacity);
            }
            Self::Full(page) => account.give_page(page),
        }
    }
}

#[derive(Debug)]
struct Numbered {
    number: u64,
    page: Page,
}

/// The number of the page that holds a byte, and the byte's place in it.
fn place(offset: u64) -> (u64, usize) {
    (offset / PAGE_BYTES, to_usize(offset % PAGE_BYTES))
}

/// The parts of a range, page by page: the page's number, the start in it, and the length.
fn parts(offset: u64, length: usize) -> impl Iterator<Item = (u64, usize, usize)> {
    let mut offset = offset;
    let mut left = length;
    std::iter::from_fn(move || {
        let (number, start) = place(offset);
        let part = left.min(PAGE - start);
        offset = offset.saturating_add(to_u64(part));
        left -= part;
        (part > 0).then_some((number, start, part))
    })
}

/// The capacity of a first page that has room for so many bytes.
fn first_capacity(length: usize) -> usize {
    length.next_power_of_two().max(SMALLEST)
}

impl Memory {
    /// Returns what is charged for these pages.
    pub(crate) fn capacity(&self) -> u64 {
        to_u64(self.first.capacity()) + to_u64(self.rest.len()) * PAGE_BYTES
    }

    fn position(&self, number: u64) -> Result<usize, usize> {
        // Where nothing is missing before it, a page is where its number says.
        let guess = to_usize(number - 1);
        match self.rest.get(guess) {
            Some(page) if page.number == number => Ok(guess),
            _ => self.rest.binary_search_by_key(&number, |page| page.number),
        }
    }

    fn page(&self, number: u64) -> &[u8] {
        if number == 0 {
            return self.first.bytes();
        }
        self.position(number)
            .map_or(&[], |position| self.rest[position].page.bytes())
    }

    /// Copies a range to a buffer.
    pub(crate) fn read(&self, offset: u64, mut buffer: &mut [u8]) {
        for (number, start, length) in parts(offset, buffer.len()) {
            let (target, others) = buffer.split_at_mut(length);
            let written = self.page(number).get(start..).unwrap_or(&[]);
            let (copied, zeroed) = target.split_at_mut(written.len().min(length));
            copied.copy_from_slice(&written[..copied.len()]);
            zeroed.fill(0);
            buffer = others;
        }
    }

    /// Copies data to a range that was prepared.
    pub(crate) fn write(&mut self, offset: u64, mut data: &[u8]) {
        for (number, start, length) in parts(offset, data.len()) {
            let (source, others) = data.split_at(length);
            let page = if number == 0 {
                self.first.bytes_mut()
            } else {
                match self.position(number) {
                    Ok(position) => self.rest[position].page.bytes_mut(),
                    Err(_) => unreachable!("a range is prepared before it is written"),
                }
            };
            if page.len() < start {
                page.resize(start, 0);
            }
            let (over, behind) = source.split_at(length.min(page.len() - start));
            page[start..start + over.len()].copy_from_slice(over);
            page.extend_from_slice(behind);
            data = others;
        }
    }

    /// Returns the capacity that these pages would have with room for a range.
    pub(crate) fn capacity_with(&self, offset: u64, length: usize) -> u64 {
        parts(offset, length).fold(self.capacity(), |capacity, (number, start, part)| match number {
            0 if start + part > self.first.capacity() => {
                capacity - to_u64(self.first.capacity()) + to_u64(first_capacity(start + part))
            }
            0 => capacity,
            _ => capacity + if self.position(number).is_ok() { 0 } else { PAGE_BYTES },
        })
    }

    /// Makes room for a whole range, or changes nothing.
    pub(crate) fn prepare_all(&mut self, account: &Account, offset: u64, length: usize) -> Result<(), PageRefusal> {
        // The first page comes last, because it is the one that cannot be given back without another copy.
        let mut made = Ok(());
        for (number, _, _) in parts(offset, length).filter(|(number, ..)| *number > 0) {
            made = made.and_then(|()| self.make_page(account, number));
        }
        if let (Ok(()), Some((0, start, part))) = (made, parts(offset, length).next()) {
            made = self.grow_first(account, start + part);
        }
        if made.is_err() {
            self.forget_unwritten(account, offset, length);
        }
        made
    }

    /// Makes room for a range, from its start on, as far as there is memory. Returns the length of what has room, and the
    /// reason if that is not all.
    pub(crate) fn prepare_fitting(
        &mut self,
        account: &Account,
        offset: u64,
        length: usize,
    ) -> (usize, Option<PageRefusal>) {
        let mut ready = 0;
        for (number, start, part) in parts(offset, length) {
            let made = match number {
                0 => self.grow_first(account, start + part),
                _ => self.make_page(account, number),
            };
            if let Err(refusal) = made {
                let in_first = if number == 0 {
                    self.first.capacity().saturating_sub(start)
                } else {
                    0
                };
                return (ready + in_first, Some(refusal));
            }
            ready += part;
        }
        (ready, None)
    }

    /// Gives back the pages in a range that nothing was written to.
    fn forget_unwritten(&mut self, account: &Account, offset: u64, length: usize) {
        for (number, _, _) in parts(offset, length).filter(|(number, ..)| *number > 0) {
            if let Ok(position) = self.position(number)
                && self.rest[position].page.bytes().is_empty()
            {
                account.give_page(self.rest.remove(position).page);
            }
        }
        self.shrink_list();
    }

    fn make_page(&mut self, account: &Account, number: u64) -> Result<(), PageRefusal> {
        let Err(position) = self.position(number) else {
            return Ok(());
        };
        // The page comes first, because the list is not charged: what is refused must not leave a longer one.
        let page = account.take_page()?;
        if self.rest.try_reserve(1).is_err() {
            account.give_page(page);
            return Err(PageRefusal::Host);
        }
        self.rest.insert(position, Numbered { number, page });
        Ok(())
    }

    /// Gives the first page room for so many bytes: the next power of two. The new buffer is charged before the old one is
    /// given back, because both exist while one is copied to the other.
    fn grow_first(&mut self, account: &Account, length: usize) -> Result<(), PageRefusal> {
        if length <= self.first.capacity() {
            return Ok(());
        }
        let capacity = first_capacity(length);
        let mut first = if capacity < PAGE {
            let charge = to_u64(capacity);
            account
                .try_charge(Resource::Memory, charge)
                .map_err(PageRefusal::Limit)?;
            match allocate::vector(capacity) {
                Ok(buffer) => First::Small(buffer),
                Err(_) => {
                    account.release(Resource::Memory, charge);
                    return Err(PageRefusal::Host);
                }
            }
        } else {
            First::Full(account.take_page()?)
        };
        first.bytes_mut().extend_from_slice(self.first.bytes());
        std::mem::replace(&mut self.first, first).release(account);
        Ok(())
    }

    /// Takes out what is behind a size, so that it can be freed without a lock.
    pub(crate) fn truncate(&mut self, account: &Account, size: u64) -> Memory {
        let (number, length) = place(size);
        let mut cut = Memory::default();
        if size == 0 {
            return std::mem::take(self);
        }
        if number == 0 {
            cut.rest = std::mem::take(&mut self.rest);
            self.first.bytes_mut().truncate(length);
            return cut;
        }
        let (position, is_there) = match self.position(number) {
            Ok(position) => (position, true),
            Err(position) => (position, false),
        };
        let keeps = is_there && length > 0;
        if keeps {
            self.rest[position].page.bytes_mut().truncate(length);
        }
        let end = position + usize::from(keeps);
        if end == 0 {
            cut.rest = std::mem::take(&mut self.rest);
        } else if cut.rest.try_reserve_exact(self.rest.len() - end).is_ok() {
            cut.rest.extend(self.rest.drain(end..));
        } else {
            self.rest.drain(end..).for_each(|page| account.give_page(page.page));
        }
        self.shrink_list();
        cut
    }

    /// Gives memory back that a list of fewer pages does not need, because it is not charged. Without memory for a copy nothing changes.
    fn shrink_list(&mut self) {
        if self.rest.len() <= self.rest.capacity() / 4
            && let Ok(mut smaller) = allocate::vector(self.rest.len())
        {
            smaller.append(&mut self.rest);
            self.rest = smaller;
        }
    }

    /// Frees the pages and their charge.
    pub(crate) fn release(self, account: &Account) {
        self.first.release(account);
        for page in self.rest {
            account.give_page(page.page);
        }
    }
}

impl Memory {
    /// Lists the written parts: where each begins, and its bytes.
    pub(crate) fn written(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let first = std::iter::once((0, self.first.bytes()));
        let rest = self
            .rest
            .iter()
            .map(|page| (page.number * PAGE_BYTES, page.page.bytes()));
        first.chain(rest).filter(|(_, bytes)| !bytes.is_empty())
    }
}
