//! Regular files: what they contain, how large they are, and when they changed.

use crate::account::{PageRefusal, Resource};
use crate::convert::{to_u64, to_usize};
use crate::error::{Error, Result};
use crate::lock::{lock, try_lock};
use crate::memory::Memory;
use crate::tier::{Backed, Outgrown, Storage};
use crate::time::{Times, Timestamp};
use std::sync::Mutex;

/// Most bytes that are read or written under one hold of a content's lock: so much is atomic, and nobody waits for more.
pub(crate) const STEP: usize = 1024 * 1024;

/// The largest offset in a file, as on every POSIX system of 64 bits.
pub(crate) const MAX_OFFSET: u64 = i64::MAX.unsigned_abs();

/// How much of a write has to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it, or nothing.
    All,
    /// As much as there is room for, but at least one byte.
    Fitting,
}

/// Where a write begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    At(u64),
    /// The end of the file when the write takes place.
    End,
}

/// A regular file.
///
/// Only who holds the lock of the content changes the size. The lock of the attributes is held for moments only, so that
/// nobody waits for I/O who asks for the size.
#[derive(Debug)]
pub(crate) struct Content {
    attributes: Mutex<Attributes>,
    body: Mutex<Body>,
}

#[derive(Clone, Copy, Debug)]
struct Attributes {
    size: u64,
    times: Times,
}

#[derive(Debug)]
enum Body {
    Memory(Memory),
    Backed(Box<dyn Backed>),
    /// The space has ended, or the file was revoked.
    Ended,
}

impl Content {
    /// Makes an empty file.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            attributes: Mutex::new(Attributes {
                size: 0,
                times: Times::new(now),
            }),
            body: Mutex::new(Body::Memory(Memory::default())),
        }
    }

    /// Returns the size and the times, without waiting for I/O.
    pub(crate) fn attributes(&self) -> (u64, Times) {
        let attributes = lock(&self.attributes);
        (attributes.size, attributes.times)
    }

    /// Changes the times, without waiting for I/O.
    pub(crate) fn change_times(&self, change: impl FnOnce(&mut Times)) {
        change(&mut lock(&self.attributes).times);
    }

    fn size(&self) -> u64 {
        lock(&self.attributes).size
    }

    fn settle(&self, size: u64, now: Timestamp) {
        let mut attributes = lock(&self.attributes);
        attributes.size = size;
        attributes.times.modify(now);
    }

    /// Reads from an offset. Returns how much there was, which is less than asked for only at the end of the file.
    pub(crate) fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let mut done = 0;
        for part in buffer.chunks_mut(STEP) {
            let length = part.len();
            let read = self.read_step(offset.saturating_add(to_u64(done)), part)?;
            done += read;
            if read < length {
                break;
            }
        }
        Ok(done)
    }

    fn read_step(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let body = lock(&self.body);
        let length = to_usize(self.size().saturating_sub(offset)).min(buffer.len());
        let buffer = &mut buffer[..length];
        match &*body {
            Body::Memory(memory) => memory.read(offset, buffer),
            Body::Backed(backed) => backed.read(offset, buffer)?,
            Body::Ended => return Err(Error::NoEntry),
        }
        Ok(length)
    }

    /// Writes data. Returns how much was written: all of it, unless it may be less and there is no room for more.
    ///
    /// Whatever is larger than [`STEP`] is written in steps. For all or nothing, the first step takes all the room.
    pub(crate) fn write(
        &self,
        storage: &Storage,
        start: Start,
        data: &[u8],
        extent: Extent,
        now: Timestamp,
    ) -> Result<usize> {
        let first = &data[..data.len().min(STEP)];
        let room = if extent == Extent::All { data.len() } else { first.len() };
        let (offset, mut done) = self.write_step(storage, start, first, room, extent, now)?;
        if done < first.len() {
            return Ok(done);
        }
        for part in data[done..].chunks(STEP) {
            let start = Start::At(offset.saturating_add(to_u64(done)));
            let written = match self.write_step(storage, start, part, part.len(), extent, now) {
                Ok((_, written)) => written,
                Err(_) if extent == Extent::Fitting => break,
                Err(error) => return Err(error),
            };
            done += written;
            if written < part.len() {
                break;
            }
        }
        Ok(done)
    }

    /// Writes one step, after it has made sure of more room if that is asked for. Returns where it began, and its length.
    fn write_step(
        &self,
        storage: &Storage,
        start: Start,
        data: &[u8],
        room: usize,
        extent: Extent,
        now: Timestamp,
    ) -> Result<(u64, usize)> {
        let mut body = lock(&self.body);
        if matches!(*body, Body::Ended) {
            return Err(Error::NoEntry);
        }
        let size = self.size();
        let offset = match start {
            Start::At(offset) => offset,
            Start::End => size,
        };
        let mut grant = Grant::ask(storage, size, offset, room, extent)?;
        grant.length = match make_room(&mut body, storage, size, offset, grant.length, extent) {
            Ok(length) => length,
            Err(error) => {
                grant.length = 0;
                grant.settle(storage);
                return Err(error);
            }
        };
        let data = &data[..data.len().min(grant.length)];
        let written = match &mut *body {
            Body::Memory(memory) => {
                memory.write(offset, data);
                Ok(())
            }
            Body::Backed(backed) => backed.write(offset, data),
            Body::Ended => Err(Error::NoEntry),
        };
        if let Err(error) = written {
            grant.length = 0;
            grant.settle(storage);
            return Err(error);
        }
        self.settle(grant.settle(storage), now);
        Ok((offset, data.len()))
    }

    /// Sets the size. What is cut off is freed, what is added reads as zeros and takes no memory.
    pub(crate) fn set_size(&self, storage: &Storage, size: u64, now: Timestamp) -> Result<()> {
        let mut body = lock(&self.body);
        let cut = self.resize(&mut body, storage, size, now)?;
        drop(body);
        cut.release(&storage.account);
        Ok(())
    }

    /// Empties the file, unless somebody reads or writes it. Returns what was cut off, to be released without a lock.
    pub(crate) fn try_empty(&self, storage: &Storage, now: Timestamp) -> Option<Result<Memory>> {
        let mut body = try_lock(&self.body)?;
        Some(self.resize(&mut body, storage, 0, now))
    }

    /// Waits for whoever reads or writes the file.
    pub(crate) fn wait(&self) {
        drop(lock(&self.body));
    }

    fn resize(&self, body: &mut Body, storage: &Storage, size: u64, now: Timestamp) -> Result<Memory> {
        let old = self.size();
        if size > old {
            let (limit, refusal) = storage.account.file_bytes();
            if size > limit {
                return Err(storage.account.refuse(refusal));
            }
            storage.account.charge(Resource::Bytes, size - old)?;
        }
        let cut = match body {
            Body::Memory(memory) => Ok(memory.truncate(&storage.account, size)),
            Body::Backed(backed) => backed.set_size(size).map(|()| Memory::default()),
            Body::Ended => Err(Error::NoEntry),
        };
        match &cut {
            Ok(_) => {
                storage.account.release(Resource::Bytes, old.saturating_sub(size));
                self.settle(size, now);
            }
            Err(_) => storage.account.release(Resource::Bytes, size.saturating_sub(old)),
        }
        cut
    }

    /// Takes the content out, for ever, and frees it. Returns its size. Whoever asks for it later is told that it does not exist.
    pub(crate) fn end(&self, storage: &Storage) -> u64 {
        let mut body = lock(&self.body);
        let ended = std::mem::replace(&mut *body, Body::Ended);
        let size = std::mem::take(&mut lock(&self.attributes).size);
        drop(body);
        match ended {
            Body::Memory(memory) => memory.release(&storage.account),
            Body::Backed(backed) => drop(backed),
            Body::Ended => {}
        }
        storage.account.release(Resource::Bytes, size);
        size
    }
}

/// The growth of a file that one write was granted: charged, and given back as far as it is not used.
struct Grant {
    size: u64,
    offset: u64,
    /// The length that may be written.
    length: usize,
    charged: u64,
}

impl Grant {
    /// Charges the growth that a write needs.
    fn ask(storage: &Storage, size: u64, offset: u64, length: usize, extent: Extent) -> Result<Self> {
        let mut grant = Self {
            size,
            offset,
            length,
            charged: 0,
        };
        let (limit, refusal) = storage.account.file_bytes();
        // What is within the size does not grow, and is no matter of limits.
        let limit = limit.max(size).min(MAX_OFFSET);
        if grant.end() > limit {
            let fitting = to_usize(limit.saturating_sub(offset)).min(length);
            if extent == Extent::All || fitting == 0 {
                return Err(if limit == MAX_OFFSET {
                    Error::FileTooLarge
                } else {
                    storage.account.refuse(refusal)
                });
            }
            grant.length = fitting;
        }
        let growth = grant.growth();
        if extent == Extent::All {
            storage.account.charge(Resource::Bytes, growth)?;
            grant.charged = growth;
            return Ok(grant);
        }
        let (charged, refusal) = storage.account.charge_up_to(Resource::Bytes, growth);
        grant.charged = charged;
        if let Some(refusal) = refusal {
            grant.length = to_usize((size + charged).saturating_sub(offset)).min(grant.length);
            if grant.length == 0 {
                grant.settle(storage);
                return Err(storage.account.refuse(refusal));
            }
        }
        Ok(grant)
    }

    fn end(&self) -> u64 {
        self.offset.saturating_add(to_u64(self.length))
    }

    fn growth(&self) -> u64 {
        if self.length == 0 {
            0
        } else {
            self.end().saturating_sub(self.size)
        }
    }

    /// Gives back what is not used. Returns the new size of the file.
    fn settle(&mut self, storage: &Storage) -> u64 {
        let growth = self.growth();
        storage
            .account
            .release(Resource::Bytes, self.charged.saturating_sub(growth));
        self.charged = growth;
        self.size + growth
    }
}

/// Makes room for a write where the content is, or moves the content to where there is room. Returns the length that has room.
fn make_room(
    body: &mut Body,
    storage: &Storage,
    size: u64,
    offset: u64,
    length: usize,
    extent: Extent,
) -> Result<usize> {
    let Body::Memory(memory) = body else {
        return Ok(length);
    };
    let account = &storage.account;
    if let Some(backing) = &storage.backing {
        let outgrown = match memory.prepare(account, offset, length) {
            (_, None) if memory.capacity() <= account.file_memory() => return Ok(length),
            (_, None) => Outgrown::File,
            (_, Some(_)) => Outgrown::Total,
        };
        memory.forget_unwritten(account, offset, length);
        let moved = move_out(memory, backing.create(outgrown)?, size)?;
        if let Body::Memory(memory) = std::mem::replace(body, Body::Backed(moved)) {
            memory.release(account);
        }
        return Ok(length);
    }
    let (ready, refusal) = memory.prepare(account, offset, length);
    match refusal {
        Some(refusal) if extent == Extent::All || ready == 0 => {
            memory.forget_unwritten(account, offset, length);
            Err(match refusal {
                PageRefusal::Limit(refusal) => account.refuse(refusal),
                PageRefusal::Host => Error::InsufficientMemory,
            })
        }
        _ => Ok(ready),
    }
}

/// Copies a content out of memory. It stays in memory, whatever happens, until the caller lets go of it.
fn move_out(memory: &Memory, mut target: Box<dyn Backed>, size: u64) -> Result<Box<dyn Backed>> {
    target.set_size(size)?;
    for (offset, bytes) in memory.written() {
        target.write(offset, bytes)?;
    }
    Ok(target)
}
