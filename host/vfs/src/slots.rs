//! Slot files, in which many small contents of a space share one nameless file.
//!
//! A slot has 4 KiB to 1 MiB, in powers of two. A freed slot is used again before the file grows, the last one first, because its
//! blocks are likely to be in the system's cache. Blocks that no content needs are *stale*: those of free slots, and those that a former
//! content left behind the end of the present one. They are bounded. Beyond the bound, the blocks of free slots are given back to the file
//! system on another thread, because that takes much longer than writing them. Where the file system is in memory there are no stale blocks,
//! because nobody would be charged for them.

use crate::convert::{to_u64, to_usize};
use crate::lock::lock;
use crate::spill::{NamelessFile, Purpose, Shortage, SpillDirectory, max_file_size};
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Size of the smallest slot: a block of the usual file systems.
const MIN_SLOT: u64 = 4 * 1024;

/// Size of the largest slot. A larger content has a list of these.
pub(crate) const MAX_SLOT: u64 = 1024 * 1024;

/// Number of slot sizes.
const SIZES: usize = 9;

/// Bytes of stale blocks that a slot file may always have. So few are not worth the time that freeing them takes.
const MIN_STALE: u64 = 16 << 20;

/// The share of a space's limit on bytes that its slot file may have in stale blocks.
const STALE_SHARE: u64 = 8;

/// Returns the bytes of stale blocks that the slot file of a space with this limit on bytes may have.
pub(crate) fn stale_bound(limit: Option<u64>) -> u64 {
    limit.map_or(MIN_STALE, |limit| (limit / STALE_SHARE).max(MIN_STALE))
}

/// Returns the index of the smallest size that has room for a length of at most [`MAX_SLOT`].
fn size_index(length: u64) -> usize {
    let blocks = length.div_ceil(MIN_SLOT).max(1).next_power_of_two();
    usize::try_from(blocks.trailing_zeros()).unwrap_or(SIZES).min(SIZES - 1)
}

/// A slot that a content uses.
#[derive(Debug)]
pub(crate) struct Slot {
    offset: u64,
    size_index: usize,
    /// Bytes from the start that the content has written. The rest reads as zeros.
    written: u64,
    /// Bytes from the start that may have blocks with something in them.
    dirty: u64,
}

impl Slot {
    pub(crate) fn size(&self) -> u64 {
        MIN_SLOT << self.size_index
    }

    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    fn tail(&self) -> u64 {
        self.dirty - self.written
    }
}

/// A slot that no content uses.
#[derive(Clone, Copy, Debug)]
struct FreeSlot {
    offset: u64,
    dirty: u64,
}

/// The slot file of a space. The file is made for the first slot.
#[derive(Debug)]
pub(crate) struct SlotFile {
    spill: SpillDirectory,
    slots: Mutex<Slots>,
    /// Notified when no other thread frees blocks any more.
    punched: Condvar,
}

#[derive(Debug, Default)]
struct Slots {
    file: Option<Arc<NamelessFile>>,
    /// Where the file ends.
    end: u64,
    free: [Vec<FreeSlot>; SIZES],
    live: u64,
    /// Bytes of blocks in free slots, those that are being freed included.
    stale_free: u64,
    /// Bytes of blocks behind the ends of contents.
    stale_tails: u64,
    /// Counts how often the file was emptied, after which slots of before do not exist.
    generation: u64,
    is_punching: bool,
    /// The file system cannot free blocks in the middle of a file.
    cannot_punch: bool,
    has_ended: bool,
}

impl SlotFile {
    pub(crate) fn new(spill: SpillDirectory) -> Self {
        Self {
            spill,
            slots: Mutex::default(),
            punched: Condvar::new(),
        }
    }

    /// Takes a slot that has room for a length of at most [`MAX_SLOT`]. The bound is the one on stale bytes.
    pub(crate) fn take(&self, length: u64, bound: u64) -> Result<(Slot, Arc<NamelessFile>), Shortage> {
        let size_index = size_index(length);
        let mut slots = lock(&self.slots);
        if slots.has_ended {
            return Err(Shortage::Floor);
        }
        let file = match &slots.file {
            Some(file) => Arc::clone(file),
            None => {
                let file = Arc::new(self.spill.create(Purpose::Slots)?);
                slots.file = Some(Arc::clone(&file));
                file
            }
        };
        let slot = slots.take(size_index, bound).ok_or(Shortage::Floor)?;
        Ok((slot, file))
    }

    /// Takes room in the file system for what a write adds to a slot.
    pub(crate) fn take_room(&self, slot: &Slot, end: u64) -> Result<(), Shortage> {
        self.spill.take(end.saturating_sub(slot.dirty))
    }

    /// Writes to a slot. A gap behind what was written is filled with zeros as far as it may have something in it.
    pub(crate) fn write(&self, file: &NamelessFile, slot: &mut Slot, start: u64, data: &[u8]) -> io::Result<()> {
        let end = start + to_u64(data.len());
        let before = slot.tail();
        let result = fill_with_zeros(file, slot, start).and_then(|()| file.write(slot.offset + start, data));
        slot.dirty = slot.dirty.max(end);
        if result.is_ok() {
            slot.written = slot.written.max(end);
        }
        lock(&self.slots).change_tail(before, slot.tail());
        if result.is_err() {
            self.clean_in_memory(slot);
        }
        result
    }

    /// Reads from a slot.
    pub(crate) fn read(&self, file: &NamelessFile, slot: &Slot, start: u64, buffer: &mut [u8]) -> io::Result<()> {
        let length = to_usize(slot.written.saturating_sub(start)).min(buffer.len());
        let (written, hole) = buffer.split_at_mut(length);
        hole.fill(0);
        if written.is_empty() {
            return Ok(());
        }
        file.read(slot.offset + start, written)
    }

    /// Cuts a slot's content off. Returns whether so many stale bytes are behind it now that it should move to another slot.
    pub(crate) fn truncate(&self, slot: &mut Slot, length: u64, bound: u64) -> bool {
        let before = slot.tail();
        slot.written = slot.written.min(length);
        lock(&self.slots).change_tail(before, slot.tail());
        self.clean_in_memory(slot);
        lock(&self.slots).stale_tails > bound / 2
    }

    /// Frees the blocks behind a slot's content where they take the memory of the machine, because nobody is charged for them. There it
    /// takes little time.
    fn clean_in_memory(&self, slot: &mut Slot) {
        let start = slot.written.next_multiple_of(MIN_SLOT);
        if slot.dirty <= start || !self.spill.is_memory() {
            return;
        }
        let Some(file) = lock(&self.slots).file.clone() else {
            return;
        };
        if file.punch(slot.offset + start, slot.size() - start).is_ok() {
            let before = slot.tail();
            slot.dirty = start;
            lock(&self.slots).change_tail(before, slot.tail());
        }
    }

    /// Gives a slot back.
    pub(crate) fn give(self: &Arc<Self>, mut slot: Slot, bound: u64) {
        self.truncate(&mut slot, 0, bound);
        let mut slots = lock(&self.slots);
        if slots.has_ended {
            return;
        }
        slots.change_tail(slot.tail(), 0);
        slots.live -= 1;
        slots.put(
            slot.size_index,
            FreeSlot {
                offset: slot.offset,
                dirty: slot.dirty,
            },
        );
        if slots.live == 0 {
            slots.empty();
            return;
        }
        let job = Punching::begin(self, &mut slots, bound);
        drop(slots);
        if let Some(job) = job {
            // Without a thread the job is dropped, which puts the slots back as they are.
            let thread = std::thread::Builder::new().name("scratch-punch".to_owned());
            let _ = thread.spawn(move || job.punch());
        }
    }

    /// Closes the file. All contents have given their slots back. Waits until no other thread has the file, which takes no longer than
    /// one call of the system, because there is nothing left to free.
    pub(crate) fn end(&self) {
        let mut slots = lock(&self.slots);
        let ended = Slots {
            has_ended: true,
            is_punching: slots.is_punching,
            ..Slots::default()
        };
        drop(std::mem::replace(&mut *slots, ended));
        while slots.is_punching {
            slots = self.punched.wait(slots).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Fills the gap between what a content has written and a start, as far as it may have something in it.
fn fill_with_zeros(file: &NamelessFile, slot: &Slot, start: u64) -> io::Result<()> {
    static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];
    let end = start.min(slot.dirty);
    let mut at = slot.written;
    while at < end {
        let length = to_usize(end - at).min(ZEROS.len());
        file.write(slot.offset + at, &ZEROS[..length])?;
        at += to_u64(length);
    }
    Ok(())
}

impl Slots {
    fn take(&mut self, size_index: usize, bound: u64) -> Option<Slot> {
        let size = MIN_SLOT << size_index;
        let may_be_stale = |slots: &Self, dirty: u64| slots.stale_tails + dirty <= bound / 2;
        let free = match self.free[size_index].last() {
            Some(free) if may_be_stale(self, free.dirty) => self.free[size_index].pop(),
            // Too many contents are short beside what was in their slots before: only a clean slot will do.
            Some(_) => {
                let clean = self.free[size_index].iter().position(|free| free.dirty == 0);
                clean.map(|position| self.free[size_index].swap_remove(position))
            }
            None => None,
        };
        let free = match free {
            Some(free) => free,
            None => {
                let end = self
                    .end
                    .checked_add(size)
                    .filter(|end| *end <= max_file_size().min(i64::MAX.unsigned_abs()))?;
                FreeSlot {
                    offset: std::mem::replace(&mut self.end, end),
                    dirty: 0,
                }
            }
        };
        self.stale_free -= free.dirty;
        self.stale_tails += free.dirty;
        self.live += 1;
        Some(Slot {
            offset: free.offset,
            size_index,
            written: 0,
            dirty: free.dirty,
        })
    }

    fn put(&mut self, size_index: usize, free: FreeSlot) {
        self.stale_free += free.dirty;
        // Without memory for the list, the slot is lost until the file is emptied.
        if self.free[size_index].try_reserve(1).is_ok() {
            self.free[size_index].push(free);
        }
    }

    /// Returns whether slots of a generation still exist.
    fn has(&self, generation: u64) -> bool {
        self.generation == generation && !self.has_ended
    }

    fn change_tail(&mut self, before: u64, after: u64) {
        self.stale_tails = (self.stale_tails + after).saturating_sub(before);
    }

    /// Empties a file that has no live slot.
    fn empty(&mut self) {
        let Some(file) = self.file.take() else { return };
        // What cannot be truncated is closed, which frees it, too.
        let is_empty = file.truncate(0).is_ok();
        *self = Self {
            file: is_empty.then_some(file),
            generation: self.generation + 1,
            is_punching: self.is_punching,
            cannot_punch: self.cannot_punch,
            ..Self::default()
        };
    }

    /// Takes out the free slots that were freed first, until so many stale bytes are left in the others.
    fn take_stale(&mut self, keep: u64) -> Vec<(usize, FreeSlot)> {
        let mut taken = Vec::new();
        let mut left = self.stale_free;
        for size_index in (0..SIZES).rev() {
            let free = &mut self.free[size_index];
            let mut count = 0;
            while left > keep && count < free.len() {
                left -= free[count].dirty;
                count += 1;
            }
            if taken.try_reserve(count).is_err() {
                break;
            }
            taken.extend(free.drain(..count).map(|free| (size_index, free)));
        }
        taken
    }
}

/// Free slots whose blocks are given back to the file system on another thread.
struct Punching {
    slots: Arc<SlotFile>,
    /// Closed before the job says that it has ended.
    file: Option<Arc<NamelessFile>>,
    generation: u64,
    taken: Vec<(usize, FreeSlot)>,
    /// The stale bytes of these slots at the beginning.
    stale: u64,
    cannot_punch: bool,
}

impl Punching {
    /// Takes free slots out if they have too many stale bytes.
    fn begin(owner: &Arc<SlotFile>, slots: &mut Slots, bound: u64) -> Option<Self> {
        if slots.stale_free <= bound / 2 || slots.is_punching || slots.cannot_punch {
            return None;
        }
        let file = slots.file.clone()?;
        let taken = slots.take_stale(bound / 4);
        slots.is_punching = true;
        Some(Self {
            slots: Arc::clone(owner),
            file: Some(file),
            generation: slots.generation,
            stale: taken.iter().map(|(_, free)| free.dirty).sum(),
            taken,
            cannot_punch: false,
        })
    }

    /// Frees the blocks. Slots that lie side by side are freed in one call.
    fn punch(mut self) {
        let Some(file) = self.file.take() else { return };
        self.taken.sort_unstable_by_key(|(_, free)| free.offset);
        let mut at = 0;
        while at < self.taken.len() && lock(&self.slots.slots).has(self.generation) {
            let start = self.taken[at].1.offset;
            let mut end = start;
            let mut next = at;
            while let Some((size_index, free)) = self.taken.get(next).filter(|(_, free)| free.offset == end) {
                end = free.offset + (MIN_SLOT << size_index);
                next += 1;
            }
            match file.punch(start, end - start) {
                Ok(()) => self.taken[at..next].iter_mut().for_each(|(_, free)| free.dirty = 0),
                Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                    self.cannot_punch = true;
                    return;
                }
                // They stay stale, and are tried again.
                Err(_) => {}
            }
            at = next;
        }
    }
}

impl Drop for Punching {
    fn drop(&mut self) {
        self.file = None;
        let mut slots = lock(&self.slots.slots);
        slots.is_punching = false;
        self.slots.punched.notify_all();
        slots.cannot_punch |= self.cannot_punch;
        if !slots.has(self.generation) {
            return;
        }
        slots.stale_free -= self.stale;
        for (size_index, free) in self.taken.drain(..) {
            slots.put(size_index, free);
        }
    }
}

#[cfg(test)]
mod tests;
