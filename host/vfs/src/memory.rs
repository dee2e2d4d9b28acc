//! Contents in memory, which are stored in pages. A hole has no page.

use crate::account::{Account, PageRefusal, Resource};
use crate::allocate;
use crate::convert::{to_u64, to_usize};
use crate::pool::{PAGE, PAGE_BYTES, Page};

/// Minimum capacity of a file's buffer in bytes. A smaller allocation would cost as much.
const SMALLEST: usize = 64;

/// The bytes of a content that is in memory.
///
/// The first page may be smaller than [`PAGE`]. A byte is zero if it has no page, or if it is beyond the written part of its page.
/// Nothing beyond the end of the file is kept, neither a page nor a part of one.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    first: FirstPage,
    /// The pages after the first, in order.
    rest: Vec<NumberedPage>,
}

/// The first page.
#[derive(Debug)]
enum FirstPage {
    /// A buffer that is smaller than a page. Its capacity is charged.
    Small(Vec<u8>),
    Full(Page),
}

impl Default for FirstPage {
    fn default() -> Self {
        Self::Small(Vec::new())
    }
}

impl FirstPage {
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
struct NumberedPage {
    number: u64,
    page: Page,
}

/// Returns the number of the page that holds a byte, and the position of the byte in it.
fn place(offset: u64) -> (u64, usize) {
    (offset / PAGE_BYTES, to_usize(offset % PAGE_BYTES))
}

/// Splits a range by pages. Each part has the number of its page, the start in that page, and the length.
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

/// Returns the capacity of a first page that has room for this length.
fn first_capacity(length: usize) -> usize {
    length.next_power_of_two().max(SMALLEST)
}

impl Memory {
    /// Returns the charge for these pages, in bytes.
    pub(crate) fn capacity(&self) -> u64 {
        to_u64(self.first.capacity()) + to_u64(self.rest.len()) * PAGE_BYTES
    }

    fn position(&self, number: u64) -> Result<usize, usize> {
        // If no page before it is missing, a page is at the position that its number gives.
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

    /// Copies data to a range that has room.
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

    /// Returns the capacity that these pages would have if they had room for a range.
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
        // The first page is grown last, because only undoing its growth would take another copy.
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

    /// Makes room for as much of a range as the limits and the host allow, from its start. Returns the length that has room, and the
    /// refusal if that is not all of it.
    pub(crate) fn prepare_fitting(
        &mut self,
        account: &Account,
        offset: u64,
        length: usize,
    ) -> (usize, Option<PageRefusal>) {
        let mut ready = 0;
        for (number, start, part) in parts(offset, length) {
            let made = match number {
                0 => self.grow_first_fitting(account, start, start + part),
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

    /// Gives back the pages of a range to which nothing was written.
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
        self.rest.insert(position, NumberedPage { number, page });
        Ok(())
    }

    /// Grows the first page to a power of two that has room for a length. The new buffer is charged before the old one is given
    /// back, because both exist during the copy.
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
                Ok(buffer) => FirstPage::Small(buffer),
                Err(_) => {
                    account.release(Resource::Memory, charge);
                    return Err(PageRefusal::Host);
                }
            }
        } else {
            FirstPage::Full(account.take_page()?)
        };
        first.bytes_mut().extend_from_slice(self.first.bytes());
        std::mem::replace(&mut self.first, first).release(account);
        Ok(())
    }

    /// Grows the first page so that it has room for a length, or for as much of what is behind a start as there is memory for. Fails
    /// unless there is room for all.
    fn grow_first_fitting(&mut self, account: &Account, start: usize, length: usize) -> Result<(), PageRefusal> {
        let grown = self.grow_first(account, length);
        if grown.is_err() {
            let mut smaller = first_capacity(length) / 2;
            while smaller >= SMALLEST && smaller > start.max(self.first.capacity()) {
                if self.grow_first(account, smaller).is_ok() {
                    break;
                }
                smaller /= 2;
            }
        }
        grown
    }

    /// Takes out everything beyond a size, so that the caller can free it without a lock.
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
    /// Returns the first written bytes at or after an offset, up to the end of their page, and where they begin.
    pub(crate) fn written_after(&self, offset: u64) -> Option<(u64, &[u8])> {
        let (number, start) = place(offset);
        let here = self.page(number).get(start..).unwrap_or(&[]);
        if !here.is_empty() {
            return Some((offset, here));
        }
        let next = self.rest.partition_point(|page| page.number <= number);
        let page = self.rest[next..].iter().find(|page| !page.page.bytes().is_empty())?;
        Some((page.number * PAGE_BYTES, page.page.bytes()))
    }

    /// Lists the written parts behind an offset that is the end of a part, or 0. Each has its own offset and its bytes.
    pub(crate) fn written_from(&self, offset: u64) -> impl Iterator<Item = (u64, &[u8])> {
        let first = std::iter::once((0, self.first.bytes())).filter(move |_| offset == 0);
        let start = self
            .rest
            .partition_point(|page| page.number * PAGE_BYTES + to_u64(page.page.bytes().len()) <= offset);
        let rest = self.rest[start..]
            .iter()
            .map(|page| (page.number * PAGE_BYTES, page.page.bytes()));
        first.chain(rest).filter(|(_, bytes)| !bytes.is_empty())
    }
}
