//! Contents in slots.

use crate::account::{Account, Resource};
use crate::convert::{to_u64, to_usize};
use crate::disk::{Disk, charge, refuse, release};
use crate::error::{Error, Result};
use crate::slots::{MAX_SLOT, Slot, SlotFile, stale_bound};
use crate::spill::{NamelessFile, Shortage, SpillDirectory};
use std::io;
use std::sync::Arc;

/// A content in slots: one that is large enough, or a list of the largest ones. A hole has no slot.
#[derive(Debug)]
pub(crate) struct SlotContent {
    slots: Arc<SlotFile>,
    spill: SpillDirectory,
    /// The slot file, while there is a slot in it.
    file: Option<Arc<NamelessFile>>,
    /// In the order of numbers. Only the first one may have less than [`MAX_SLOT`].
    chunks: Vec<Chunk>,
}

/// A part of the content of [`MAX_SLOT`] bytes.
#[derive(Debug)]
struct Chunk {
    number: u64,
    slot: Slot,
}

/// Splits a range by chunks. Each part has the number of its chunk, the start in that chunk, and the length.
fn parts(offset: u64, length: usize) -> impl Iterator<Item = (u64, u64, usize)> {
    let mut offset = offset;
    let mut left = length;
    std::iter::from_fn(move || {
        let start = offset % MAX_SLOT;
        let part = left.min(to_usize(MAX_SLOT - start));
        let number = offset / MAX_SLOT;
        offset = offset.saturating_add(to_u64(part));
        left -= part;
        (part > 0).then_some((number, start, part))
    })
}

impl SlotContent {
    pub(crate) fn new(disk: &Disk) -> Self {
        Self {
            slots: Arc::clone(disk.slots()),
            spill: disk.spill().clone(),
            file: None,
            chunks: Vec::new(),
        }
    }

    fn position(&self, number: u64) -> Result<usize, usize> {
        self.chunks.binary_search_by_key(&number, |chunk| chunk.number)
    }

    pub(crate) fn read(&self, offset: u64, mut buffer: &mut [u8]) -> io::Result<()> {
        for (number, start, length) in parts(offset, buffer.len()) {
            let (target, others) = buffer.split_at_mut(length);
            match (&self.file, self.position(number)) {
                (Some(file), Ok(position)) => {
                    self.slots.read(file, &self.chunks[position].slot, start, target)?;
                }
                _ => target.fill(0),
            }
            buffer = others;
        }
        Ok(())
    }

    /// Returns the first written range at or after an offset, up to the end of its slot.
    pub(crate) fn next_written(&self, offset: u64) -> Option<(u64, u64)> {
        let first = self
            .chunks
            .partition_point(|chunk| (chunk.number + 1) * MAX_SLOT <= offset);
        self.chunks[first..]
            .iter()
            .map(|chunk| (chunk.number * MAX_SLOT, chunk.slot.written()))
            .map(|(start, written)| (start.max(offset), start + written))
            .find(|(start, end)| start < end)
    }

    /// Takes all the room that a write needs, and then writes.
    pub(crate) fn write(&mut self, account: &Account, offset: u64, mut data: &[u8]) -> Result<()> {
        for (number, start, length) in parts(offset, data.len()) {
            self.prepare(account, number, start + to_u64(length))?;
        }
        for (number, start, length) in parts(offset, data.len()) {
            let (source, others) = data.split_at(length);
            self.write_part(account, number, start, source)?;
            data = others;
        }
        Ok(())
    }

    /// Makes sure that a chunk has a slot with room up to an end.
    fn prepare(&mut self, account: &Account, number: u64, end: u64) -> Result<()> {
        match self.position(number) {
            Ok(position) if self.chunks[position].slot.size() >= end => Ok(()),
            Ok(position) => self.relocate(account, position, end),
            Err(position) => {
                self.chunks.try_reserve(1).map_err(|_| Error::InsufficientMemory)?;
                let slot = self.take(account, if number == 0 { end } else { MAX_SLOT })?;
                self.chunks.insert(position, Chunk { number, slot });
                Ok(())
            }
        }
        .and_then(|()| match self.position(number) {
            Ok(position) => self
                .slots
                .take_room(&self.chunks[position].slot, end)
                .map_err(|shortage| refuse(account, shortage)),
            Err(_) => unreachable!("the chunk was just prepared"),
        })
    }

    fn take(&mut self, account: &Account, length: u64) -> Result<Slot> {
        let (slot, file) = self
            .slots
            .take(length, bound(account))
            .map_err(|shortage| refuse(account, shortage))?;
        self.file = Some(file);
        Ok(slot)
    }

    fn write_part(&mut self, account: &Account, number: u64, start: u64, data: &[u8]) -> Result<()> {
        let (Ok(position), Some(file)) = (self.position(number), &self.file) else {
            unreachable!("the chunk was prepared");
        };
        let slot = &mut self.chunks[position].slot;
        let growth = (start + to_u64(data.len())).saturating_sub(slot.written());
        charge(account, Resource::Slots, &self.spill, growth)?;
        self.slots.write(file, slot, start, data).map_err(|error| {
            release(account, Resource::Slots, &self.spill, growth);
            refuse(account, error.into())
        })
    }

    /// Moves a chunk to another slot that has room for a length.
    fn relocate(&mut self, account: &Account, position: usize, length: u64) -> Result<()> {
        let mut slot = self.take(account, length)?;
        let old = &self.chunks[position].slot;
        let moved = match &self.file {
            Some(file) => copy(&self.slots, file, old, &mut slot),
            None => Ok(()),
        };
        match moved {
            Ok(()) => {
                let old = std::mem::replace(&mut self.chunks[position].slot, slot);
                self.slots.give(old, bound(account));
                Ok(())
            }
            Err(shortage) => {
                self.slots.give(slot, bound(account));
                Err(refuse(account, shortage))
            }
        }
    }

    /// Cuts off what is beyond a size.
    pub(crate) fn truncate(&mut self, account: &Account, size: u64) -> Result<()> {
        let (number, length) = (size / MAX_SLOT, size % MAX_SLOT);
        let end = self
            .chunks
            .partition_point(|chunk| chunk.number < number || (chunk.number == number && length > 0));
        for chunk in self.chunks.drain(end..) {
            release(account, Resource::Slots, &self.spill, chunk.slot.written());
            self.slots.give(chunk.slot, bound(account));
        }
        let Ok(position) = self.position(number) else {
            return Ok(());
        };
        let slot = &mut self.chunks[position].slot;
        let before = slot.written();
        let is_stale = self.slots.truncate(slot, length, bound(account));
        release(account, Resource::Slots, &self.spill, before - slot.written());
        if is_stale {
            // Where there is no room to move to, the stale bytes stay until the content is freed.
            let _ = self.relocate(account, position, length);
        }
        Ok(())
    }

    /// Frees the slots and their charges.
    pub(crate) fn release(self, account: &Account) {
        for chunk in self.chunks {
            release(account, Resource::Slots, &self.spill, chunk.slot.written());
            self.slots.give(chunk.slot, bound(account));
        }
    }
}

fn bound(account: &Account) -> u64 {
    stale_bound(account.bytes_limit())
}

/// Copies what was written of one slot to another, in pieces.
fn copy(slots: &SlotFile, file: &NamelessFile, from: &Slot, to: &mut Slot) -> Result<(), Shortage> {
    slots.take_room(to, from.written())?;
    let mut buffer = Vec::new();
    let piece = to_usize(from.written()).min(64 * 1024);
    buffer
        .try_reserve_exact(piece)
        .map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    buffer.resize(piece, 0);
    let mut at = 0;
    while at < from.written() {
        let length = to_usize(from.written() - at).min(piece);
        slots.read(file, from, at, &mut buffer[..length])?;
        slots.write(file, to, at, &buffer[..length])?;
        at += to_u64(length);
    }
    Ok(())
}
