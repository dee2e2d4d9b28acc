//! The contents, sizes and times of regular files.

use crate::account::{Account, PageRefusal, Resource};
use crate::allocate;
use crate::convert::{to_u64, to_usize};
use crate::disk::{DiskContent, Outgrown};
use crate::error::{Error, Result};
use crate::lock::{lock, try_lock};
use crate::memory::Memory;
use crate::storage::Storage;
use crate::time::{Times, Timestamp};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Maximum bytes that are read or written under one hold of a content's lock. A read or write of this length is atomic, and
/// no other thread waits longer than for this length.
pub(crate) const STEP: usize = 1024 * 1024;

/// Maximum offset in a file, as on every 64-bit POSIX system.
pub(crate) const MAX_OFFSET: u64 = i64::MAX.unsigned_abs();

/// Selects how much of a write must be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it, or nothing.
    All,
    /// As much as there is room for, but at least one byte.
    Fitting,
    /// As much as there is room for, after a part that fitted: having no room refuses nothing.
    Rest,
}

/// Selects where a write begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    At(u64),
    /// The end of the file at the moment of the write.
    End,
}

/// Names the place where the bytes of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tier {
    /// The memory of the process.
    Memory,
    /// The nameless file that small contents of a space share.
    Slots,
    /// A nameless file of its own.
    OwnFile,
}

/// Selects a read or a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DiskAccess {
    /// A read.
    Read,
    /// A write.
    Write,
}

/// A regular file.
///
/// The size changes only while the lock of the body is held. The lock of the attributes is held briefly and never during I/O,
/// so a thread that asks for the size does not wait for I/O.
#[derive(Debug)]
pub(crate) struct Content {
    attributes: Mutex<Attributes>,
    body: Mutex<Body>,
    /// The number of the export that the file is marked for, or 0, [`REVOKED`] or [`PERSISTED`].
    mark: AtomicU64,
    /// Set when the embedding program gets a descriptor of the file's own file on disk.
    is_lent: AtomicBool,
}

/// The mark of a file that was revoked.
pub(crate) const REVOKED: u64 = u64::MAX;

/// The mark of a file that was persisted.
pub(crate) const PERSISTED: u64 = u64::MAX - 1;

#[derive(Clone, Copy, Debug)]
struct Attributes {
    size: u64,
    times: Times,
    /// Memory beyond which this content moves to disk, below the limits of the account.
    max_memory: u64,
}

/// Where the bytes of a file are.
#[derive(Debug)]
pub(crate) enum Body {
    Memory(Memory),
    /// In memory, and being copied to disk. Memory stays the truth until all of it was copied.
    Moving(Box<Moving>),
    /// On disk. It is boxed because most contents are in memory, and each of them has room for the larger of both.
    Disk(Box<DiskContent>),
    /// Nowhere, because the space has ended or the file was revoked.
    Ended,
}

impl Default for Body {
    fn default() -> Self {
        Self::Memory(Memory::default())
    }
}

impl Body {
    /// Frees the bytes and the charge for their memory. The caller holds no lock.
    pub(crate) fn release(self, storage: &Storage) {
        match self {
            Self::Memory(memory) => memory.release(&storage.account),
            Self::Moving(moving) => moving.stop(&storage.account).release(&storage.account),
            Self::Disk(disk) => disk.release(&storage.account),
            Self::Ended => {}
        }
    }
}

impl Content {
    /// Makes an empty file.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            attributes: Mutex::new(Attributes {
                size: 0,
                times: Times::new(now),
                max_memory: u64::MAX,
            }),
            body: Mutex::new(Body::default()),
            mark: AtomicU64::new(0),
            is_lent: AtomicBool::new(false),
        }
    }

    /// Returns the number of the export that the file was last marked for.
    pub(crate) fn mark(&self) -> u64 {
        self.mark.load(Ordering::Relaxed)
    }

    /// Marks the file for an export. The caller holds the lock of the tree. A write that is in progress does its step first, and
    /// [`Content::wait`] waits for it.
    pub(crate) fn set_mark(&self, mark: u64) {
        self.mark.store(mark, Ordering::Relaxed);
    }

    /// Returns whether the file was persisted, so that its descriptors answer [`Error::NoEntry`].
    pub(crate) fn is_persisted(&self) -> bool {
        self.mark() == PERSISTED
    }

    /// Returns whether the content was taken out of the file.
    pub(crate) fn is_revoked(&self) -> bool {
        self.mark() >= PERSISTED
    }

    /// Records that the embedding program has a descriptor of the file's own file on disk.
    pub(crate) fn lend(&self) {
        self.is_lent.store(true, Ordering::Relaxed);
    }

    /// Returns whether the embedding program got a descriptor of the file's own file on disk.
    pub(crate) fn is_lent(&self) -> bool {
        self.is_lent.load(Ordering::Relaxed)
    }

    /// Lets a closure look at the body and at the size. The lock of the body is held meanwhile, so the closure does at most [`STEP`]
    /// bytes of I/O.
    pub(crate) fn inspect<T>(&self, look: impl FnOnce(&Body, u64) -> T) -> T {
        let body = lock(&self.body);
        look(&body, self.size())
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

    /// Sets the memory beyond which this content moves to disk with the next write.
    pub(crate) fn set_max_memory(&self, max_memory: u64) {
        lock(&self.attributes).max_memory = max_memory;
    }

    /// Returns the memory beyond which this content moves to disk.
    fn max_memory(&self, storage: &Storage) -> u64 {
        lock(&self.attributes).max_memory.min(storage.account.file_memory())
    }

    /// Returns where the content is. A content that moves is in memory.
    pub(crate) fn tier(&self) -> Result<Tier> {
        match &*lock(&self.body) {
            Body::Memory(_) | Body::Moving(_) => Ok(Tier::Memory),
            Body::Disk(disk) => Ok(disk.tier()),
            Body::Ended => Err(Error::NoEntry),
        }
    }

    /// Moves the content to disk, in steps between which the lock is free.
    pub(crate) fn move_to_disk(&self, storage: &Storage) -> Result<()> {
        loop {
            let mut body = lock(&self.body);
            match &*body {
                Body::Memory(_) if storage.disk().is_none() => return Ok(()),
                Body::Memory(_) => begin_move(&mut body, storage, Outgrown::File)?,
                Body::Moving(_) => self.move_step(&mut body, storage)?,
                Body::Disk(_) => return Ok(()),
                Body::Ended => return Err(Error::NoEntry),
            }
        }
    }

    /// Returns an upper bound of the bytes that a read or write copies from or to the disk, without waiting for I/O.
    pub(crate) fn disk_bytes(&self, storage: &Storage, access: DiskAccess, offset: u64, length: usize) -> u64 {
        let max_memory = self.max_memory(storage);
        let bytes = to_u64(length);
        let Some(body) = try_lock(&self.body) else {
            // Somebody reads, writes or moves it.
            return bytes.saturating_add(max_memory.min(self.size()));
        };
        match (&*body, access) {
            (Body::Ended, _) | (Body::Memory(_) | Body::Moving(_), DiskAccess::Read) => 0,
            (Body::Disk(_), _) => bytes,
            (Body::Moving(moving), DiskAccess::Write) => moving.memory.capacity().saturating_add(bytes),
            (Body::Memory(memory), DiskAccess::Write) => {
                let capacity = memory.capacity();
                let needed = memory.capacity_with(offset, length);
                let stays = needed <= max_memory && needed - capacity <= storage.account.room(Resource::Memory);
                if stays || !storage.may_have_disk() {
                    0
                } else {
                    capacity.saturating_add(bytes)
                }
            }
        }
    }

    fn settle(&self, size: u64, now: Timestamp) {
        let mut attributes = lock(&self.attributes);
        attributes.size = size;
        attributes.times.modify(now);
    }

    /// Reads from an offset. Returns the number of bytes that were read, which is less than the buffer's length only at the end of
    /// the file.
    pub(crate) fn read(&self, storage: &Storage, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let mut done = 0;
        for part in buffer.chunks_mut(STEP) {
            let length = part.len();
            let read = self.read_step(storage, offset.saturating_add(to_u64(done)), part)?;
            done += read;
            if read < length {
                break;
            }
        }
        Ok(done)
    }

    fn read_step(&self, storage: &Storage, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let body = lock(&self.body);
        let length = to_usize(self.size().saturating_sub(offset)).min(buffer.len());
        let buffer = &mut buffer[..length];
        match &*body {
            Body::Memory(memory) => memory.read(offset, buffer),
            Body::Moving(moving) => moving.memory.read(offset, buffer),
            Body::Disk(disk) => disk.read(&storage.account, offset, buffer)?,
            Body::Ended => return Err(Error::NoEntry),
        }
        Ok(length)
    }

    /// Writes data. Returns the number of bytes that were written. With [`Extent::Fitting`] it can be less than all of them.
    ///
    /// Data longer than [`STEP`] is written in steps. With [`Extent::All`], the first step makes room for all of it.
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
        let rest = match extent {
            Extent::All => Extent::All,
            Extent::Fitting | Extent::Rest => Extent::Rest,
        };
        for part in data[done..].chunks(STEP) {
            let start = Start::At(offset.saturating_add(to_u64(done)));
            let written = match self.write_step(storage, start, part, part.len(), rest, now) {
                Ok((_, written)) => written,
                Err(_) if rest == Extent::Rest => break,
                Err(error) => return Err(error),
            };
            done += written;
            if written < part.len() {
                break;
            }
        }
        Ok(done)
    }

    /// Makes room for a length, and writes the first step of it. Returns the offset and the length of the written part.
    ///
    /// If the content has to move to disk first, it does so in steps, between which the lock is free.
    fn write_step(
        &self,
        storage: &Storage,
        start: Start,
        data: &[u8],
        room: usize,
        extent: Extent,
        now: Timestamp,
    ) -> Result<(u64, usize)> {
        loop {
            let mut body = lock(&self.body);
            if !matches!(*body, Body::Ended) {
                storage.exports.check(self.mark())?;
            }
            if let Body::Moving(_) = *body {
                self.move_step(&mut body, storage)?;
                continue;
            }
            let size = self.size();
            let offset = match start {
                Start::At(offset) => offset,
                Start::End => size,
            };
            let mut grant = match &*body {
                Body::Ended => return Err(Error::NoEntry),
                _ => Grant::ask(storage, size, offset, room, extent)?,
            };
            let max_memory = self.max_memory(storage);
            let written = match make_room(&mut body, storage, max_memory, offset, grant.length, extent) {
                Ok(Room::Here { length }) => {
                    grant.length = length;
                    let data = &data[..data.len().min(length)];
                    write_to(&mut body, storage, offset, data).map(|()| Some(data.len()))
                }
                Ok(Room::OnDisk { reason }) => begin_move(&mut body, storage, reason).map(|()| None),
                Err(error) => Err(error),
            };
            match written {
                Ok(Some(length)) => {
                    self.settle(grant.settle(storage), now);
                    return Ok((offset, length));
                }
                Ok(None) => grant.undo(storage),
                Err(error) => {
                    grant.undo(storage);
                    return Err(error);
                }
            }
        }
    }

    /// Copies the next step of a content that moves to disk. If that fails, the content stays in memory.
    fn move_step(&self, body: &mut Body, storage: &Storage) -> Result<()> {
        let Body::Moving(mut moving) = std::mem::replace(body, Body::Ended) else {
            unreachable!("only a content that moves is moved on");
        };
        match moving.step(&storage.account) {
            Ok(false) => *body = Body::Moving(moving),
            Ok(true) => *body = Body::Disk(moving.finish(&storage.account)),
            Err(error) => {
                *body = Body::Memory(moving.stop(&storage.account));
                return Err(error);
            }
        }
        Ok(())
    }

    /// Sets the size. Bytes that are cut off are freed. Bytes that are added read as zeros and take no memory.
    pub(crate) fn set_size(&self, storage: &Storage, size: u64, now: Timestamp) -> Result<()> {
        let mut body = lock(&self.body);
        let cut = self.resize(&mut body, storage, size, now)?;
        drop(body);
        cut.release(storage);
        Ok(())
    }

    /// Empties the file without I/O, or returns `None` if it is being read or written. The caller releases the returned body without
    /// a lock.
    pub(crate) fn try_empty(&self, storage: &Storage, now: Timestamp) -> Option<Result<Body>> {
        let mut body = try_lock(&self.body)?;
        Some(self.resize(&mut body, storage, 0, now))
    }

    /// Waits until a read or write that is in progress has done its step.
    pub(crate) fn wait(&self) {
        drop(lock(&self.body));
    }

    /// Sets the size. Returns the part that was cut off. An emptied file starts again in memory.
    fn resize(&self, body: &mut Body, storage: &Storage, size: u64, now: Timestamp) -> Result<Body> {
        if matches!(body, Body::Ended) {
            return Err(Error::NoEntry);
        }
        storage.exports.check(self.mark())?;
        let old = self.size();
        if size > old {
            let (limit, refusal) = storage.account.file_bytes();
            if size > limit {
                return Err(storage.account.refuse(refusal));
            }
            storage.account.charge(Resource::Bytes, size - old)?;
        }
        let cut = cut_off(body, storage, size);
        match &cut {
            Ok(_) => {
                // Whoever gets the room must find the size that it came from changed.
                self.settle(size, now);
                storage.account.release(Resource::Bytes, old.saturating_sub(size));
            }
            Err(_) => storage.account.release(Resource::Bytes, size.saturating_sub(old)),
        }
        cut
    }

    /// Takes the content out forever, and frees it. Returns its size. Later reads and writes fail with [`Error::NoEntry`].
    pub(crate) fn end(&self, storage: &Storage) -> u64 {
        let mut body = lock(&self.body);
        let ended = std::mem::replace(&mut *body, Body::Ended);
        let size = std::mem::take(&mut lock(&self.attributes).size);
        drop(body);
        ended.release(storage);
        storage.account.release(Resource::Bytes, size);
        size
    }
}

/// The growth of a file that was charged for one write. The unused part is given back.
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
        // A write within the size does not grow the file, so limits do not apply to it.
        let limit = limit.max(size).min(MAX_OFFSET);
        if grant.end() > limit {
            let fitting = to_usize(limit.saturating_sub(offset)).min(length);
            if extent == Extent::All || (extent == Extent::Fitting && fitting == 0) {
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
                if extent == Extent::Fitting {
                    return Err(storage.account.refuse(refusal));
                }
            }
        }
        Ok(grant)
    }

    /// Gives everything back.
    fn undo(&mut self, storage: &Storage) {
        self.length = 0;
        self.settle(storage);
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

    /// Gives the unused part of the charge back. Returns the new size of the file.
    fn settle(&mut self, storage: &Storage) -> u64 {
        let growth = self.growth();
        storage
            .account
            .release(Resource::Bytes, self.charged.saturating_sub(growth));
        self.charged = growth;
        self.size + growth
    }
}

/// Where a write can go.
enum Room {
    /// Where the content is. There is room for this length.
    Here { length: usize },
    /// The content has to move to disk first.
    OnDisk { reason: Outgrown },
}

/// Makes room for a write where the content is, or finds that it has to move.
fn make_room(
    body: &mut Body,
    storage: &Storage,
    max_memory: u64,
    offset: u64,
    length: usize,
    extent: Extent,
) -> Result<Room> {
    let Body::Memory(memory) = body else {
        return Ok(Room::Here { length });
    };
    let account = &storage.account;
    let error = |refusal| match refusal {
        PageRefusal::Limit(refusal) => account.refuse(refusal),
        PageRefusal::Host => Error::InsufficientMemory,
    };
    if memory.capacity_with(offset, length) > max_memory && storage.disk().is_some() {
        return Ok(Room::OnDisk { reason: Outgrown::File });
    }
    if extent == Extent::All || storage.may_have_disk() {
        let refusal = match memory.prepare_all(account, offset, length) {
            Ok(()) => return Ok(Room::Here { length }),
            Err(refusal) => refusal,
        };
        if storage.disk().is_some() {
            return Ok(Room::OnDisk {
                reason: Outgrown::Total,
            });
        }
        if extent == Extent::All {
            return Err(error(refusal));
        }
    }
    match memory.prepare_fitting(account, offset, length) {
        (0, Some(refusal)) if extent == Extent::Fitting => Err(error(refusal)),
        (length, _) => Ok(Room::Here { length }),
    }
}

/// Writes to where there is room.
fn write_to(body: &mut Body, storage: &Storage, offset: u64, data: &[u8]) -> Result<()> {
    match body {
        Body::Memory(memory) => {
            memory.write(offset, data);
            Ok(())
        }
        Body::Disk(disk) => disk.write(&storage.account, offset, data),
        Body::Moving(_) | Body::Ended => Err(Error::NoEntry),
    }
}

/// Cuts a content off at a size. Returns what the caller has to free without a lock. A content that moves stays in memory.
fn cut_off(body: &mut Body, storage: &Storage, size: u64) -> Result<Body> {
    if size == 0 {
        return Ok(std::mem::take(body));
    }
    match body {
        Body::Memory(memory) => Ok(Body::Memory(memory.truncate(&storage.account, size))),
        Body::Moving(moving) => {
            let mut memory = std::mem::take(&mut moving.memory);
            let cut = memory.truncate(&storage.account, size);
            let Body::Moving(mut stopped) = std::mem::replace(body, Body::Memory(memory)) else {
                unreachable!("the body was just matched");
            };
            stopped.memory = cut;
            Ok(Body::Moving(stopped))
        }
        Body::Disk(disk) => disk.truncate(&storage.account, size).map(|()| Body::default()),
        Body::Ended => Err(Error::NoEntry),
    }
}

/// Starts to move a content to disk.
fn begin_move(body: &mut Body, storage: &Storage, reason: Outgrown) -> Result<()> {
    let (Body::Memory(memory), Some(disk)) = (&mut *body, storage.disk()) else {
        return Ok(());
    };
    let target = allocate::boxed(disk.create(&storage.account, reason)?)?;
    let memory = std::mem::take(memory);
    *body = Body::Moving(Box::new(Moving {
        memory,
        target,
        done: 0,
    }));
    Ok(())
}

/// A content on its way from memory to disk.
#[derive(Debug)]
pub(crate) struct Moving {
    pub(crate) memory: Memory,
    target: Box<DiskContent>,
    /// The offset up to which the content was copied.
    done: u64,
}

impl Moving {
    /// Copies up to [`STEP`] bytes. Returns whether that was the last step.
    fn step(&mut self, account: &Account) -> Result<bool> {
        let mut copied = 0;
        for (offset, bytes) in self.memory.written_from(self.done) {
            if copied >= STEP {
                return Ok(false);
            }
            self.target.write(account, offset, bytes)?;
            copied += bytes.len();
            self.done = offset + to_u64(bytes.len());
        }
        Ok(true)
    }

    /// Gives the memory back. Returns the content on disk.
    fn finish(self, account: &Account) -> Box<DiskContent> {
        self.memory.release(account);
        self.target
    }

    /// Frees what was copied. Returns the content in memory.
    fn stop(self, account: &Account) -> Memory {
        self.target.release(account);
        self.memory
    }
}
