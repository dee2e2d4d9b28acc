//! The contents, sizes and times of regular files.

use crate::account::{PageRefusal, Resource};
use crate::convert::{to_u64, to_usize};
use crate::error::{Error, Result};
use crate::lock::{lock, try_lock};
use crate::memory::Memory;
use crate::tier::{Backed, Outgrown, Storage};
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
}

/// Selects where a write begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    At(u64),
    /// The end of the file at the moment of the write.
    End,
}

/// A regular file.
///
/// The size changes only while the lock of the body is held. The lock of the attributes is held briefly and never during I/O,
/// so a thread that asks for the size does not wait for I/O.
#[derive(Debug)]
pub(crate) struct Content {
    attributes: Mutex<Attributes>,
    body: Mutex<Body>,
    /// The number of the export that the file is marked for, or 0, or [`REVOKED`].
    mark: AtomicU64,
    /// Whether the embedding program has a descriptor of the file's own file on disk.
    is_lent: AtomicBool,
}

/// The mark of a file that was revoked, or whose space has ended.
const REVOKED: u64 = u64::MAX;

#[derive(Clone, Copy, Debug)]
struct Attributes {
    size: u64,
    times: Times,
}

/// Where the bytes of a file are.
#[derive(Debug)]
pub(crate) enum Body {
    Memory(Memory),
    Backed(Box<dyn Backed>),
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
            Self::Backed(backed) => drop(backed),
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

    /// Marks the file as revoked, so that its descriptors answer [`Error::NoEntry`].
    pub(crate) fn revoke(&self) {
        self.set_mark(REVOKED);
    }

    /// Returns whether the file was revoked.
    pub(crate) fn is_revoked(&self) -> bool {
        self.mark() == REVOKED
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

    fn settle(&self, size: u64, now: Timestamp) {
        let mut attributes = lock(&self.attributes);
        attributes.size = size;
        attributes.times.modify(now);
    }

    /// Reads from an offset. Returns the number of bytes that were read, which is less than the buffer's length only at the end of
    /// the file.
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

    /// Makes room for a length, and writes the first step of it. Returns the offset and the length of the written part.
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
        storage.exports.check(self.mark())?;
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
        if !matches!(body, Body::Ended) {
            storage.exports.check(self.mark())?;
        }
        let old = self.size();
        if size > old {
            let (limit, refusal) = storage.account.file_bytes();
            if size > limit {
                return Err(storage.account.refuse(refusal));
            }
            storage.account.charge(Resource::Bytes, size - old)?;
        }
        let cut = match body {
            Body::Ended => Err(Error::NoEntry),
            body if size == 0 => Ok(std::mem::take(body)),
            Body::Memory(memory) => Ok(Body::Memory(memory.truncate(&storage.account, size))),
            Body::Backed(backed) => backed.set_size(size).map(|()| Body::default()),
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

    /// Takes the content out forever, and frees it. Returns its size. Later reads and writes fail with [`Error::NoEntry`].
    pub(crate) fn end(&self, storage: &Storage) -> u64 {
        self.revoke();
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

/// Makes room for a write in memory, or moves the content out of memory. Returns the length that there is room for.
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
    let error = |refusal| match refusal {
        PageRefusal::Limit(refusal) => account.refuse(refusal),
        PageRefusal::Host => Error::InsufficientMemory,
    };
    match &storage.backing {
        Some(backing) => {
            let outgrown = if memory.capacity_with(offset, length) > account.file_memory() {
                Outgrown::File
            } else if memory.prepare_all(account, offset, length).is_ok() {
                return Ok(length);
            } else {
                Outgrown::Total
            };
            let moved = move_out(memory, backing.create(outgrown)?, size)?;
            if let Body::Memory(memory) = std::mem::replace(body, Body::Backed(moved)) {
                memory.release(account);
            }
            Ok(length)
        }
        None if extent == Extent::All => {
            memory.prepare_all(account, offset, length).map_err(error)?;
            Ok(length)
        }
        None => match memory.prepare_fitting(account, offset, length) {
            (0, Some(refusal)) => Err(error(refusal)),
            (ready, _) => Ok(ready),
        },
    }
}

/// Copies a content out of memory. The copy in memory stays valid, even after an error, until the caller releases it.
fn move_out(memory: &Memory, mut target: Box<dyn Backed>, size: u64) -> Result<Box<dyn Backed>> {
    target.set_size(size)?;
    for (offset, bytes) in memory.written() {
        target.write(offset, bytes)?;
    }
    Ok(target)
}

#[cfg(test)]
mod tests {
    use crate::tier::{Backed, Backing, Outgrown};
    use crate::{Budget, Descriptor, Error, Limits, OpenOptions, Result, Space};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    /// A backing that counts the calls of all its contents and fails at one of them.
    #[derive(Debug, Default)]
    struct Double {
        calls: AtomicUsize,
        failing: AtomicUsize,
        reasons: Mutex<Vec<Outgrown>>,
    }

    impl Double {
        fn call(&self) -> Result<()> {
            let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
            if call == self.failing.load(Ordering::Relaxed) {
                Err(Error::Io)
            } else {
                Ok(())
            }
        }

        /// Fails once, after this number of further calls.
        fn fail_after(&self, calls: usize) {
            self.failing
                .store(self.calls.load(Ordering::Relaxed) + calls + 1, Ordering::Relaxed);
        }
    }

    #[derive(Debug)]
    struct DoubleContent {
        double: Arc<Double>,
        bytes: Vec<u8>,
    }

    #[derive(Debug)]
    struct Maker(Arc<Double>);

    impl Backing for Maker {
        fn create(&self, reason: Outgrown) -> Result<Box<dyn Backed>> {
            self.0.call()?;
            self.0.reasons.lock().unwrap().push(reason);
            Ok(Box::new(DoubleContent {
                double: Arc::clone(&self.0),
                bytes: Vec::new(),
            }))
        }
    }

    impl Backed for DoubleContent {
        fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
            self.double.call()?;
            let offset = usize::try_from(offset).unwrap();
            buffer.copy_from_slice(&self.bytes[offset..offset + buffer.len()]);
            Ok(())
        }

        fn write(&mut self, offset: u64, data: &[u8]) -> Result<()> {
            self.double.call()?;
            let offset = usize::try_from(offset).unwrap();
            let end = offset + data.len();
            if self.bytes.len() < end {
                self.bytes.resize(end, 0);
            }
            self.bytes[offset..end].copy_from_slice(data);
            Ok(())
        }

        fn set_size(&mut self, size: u64) -> Result<()> {
            self.double.call()?;
            self.bytes.resize(usize::try_from(size).unwrap(), 0);
            Ok(())
        }
    }

    fn space(limits: Limits) -> (Space, Arc<Double>) {
        let double = Arc::new(Double::default());
        let budget = Budget::new(Limits::none());
        let space = Space::builder(&budget)
            .limits(limits)
            .backing(Arc::new(Maker(Arc::clone(&double))))
            .build()
            .unwrap();
        (space, double)
    }

    fn limits(file_memory: u64, memory: u64) -> Limits {
        Limits::none()
            .to_builder()
            .memory(memory)
            .file_memory(file_memory)
            .build()
            .unwrap()
    }

    fn create(space: &Space, path: &str) -> Descriptor {
        space
            .root()
            .unwrap()
            .open_at(path, &OpenOptions::new().create(true).read(true).write(true))
            .unwrap()
    }

    fn read(file: &Descriptor) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(file.stat().unwrap().size).unwrap()];
        assert_eq!(file.read(0, &mut bytes), Ok(bytes.len()));
        bytes
    }

    #[test]
    fn a_file_that_outgrows_its_memory_moves_and_goes_on() {
        let (space, double) = space(limits(128, 1 << 20));
        let file = create(&space, "f");
        file.write_all(0, &[1; 128]).unwrap();
        assert_eq!(space.usage().memory.used, 128);
        file.append_all(&[2; 100]).unwrap();
        assert_eq!(space.usage().memory.used, 0);
        assert_eq!(*double.reasons.lock().unwrap(), [Outgrown::File]);
        file.write_all(300, &[3; 10]).unwrap();
        file.set_size(305).unwrap();
        let content = read(&file);
        assert_eq!((&content[..128], &content[128..228]), (&[1; 128][..], &[2; 100][..]));
        assert_eq!((&content[228..300], &content[300..]), (&[0; 72][..], &[3; 5][..]));
        assert_eq!(space.usage().bytes.used, 305);
        assert_eq!(space.end().bytes, 305);
    }

    #[test]
    fn the_file_that_is_written_moves_when_all_memory_is_used() {
        let (space, double) = space(limits(1_024, 1_024));
        let (one, two) = (create(&space, "one"), create(&space, "two"));
        one.write_all(0, &[1; 1_024]).unwrap();
        two.write_all(0, &[2; 10]).unwrap();
        assert_eq!(*double.reasons.lock().unwrap(), [Outgrown::Total]);
        assert_eq!(space.usage().memory.used, 1_024);
        assert_eq!((read(&one), read(&two)), (vec![1; 1_024], vec![2; 10]));
        assert_eq!(space.usage().refusals.total(), 0);
    }

    #[test]
    fn a_move_that_fails_leaves_the_content_where_it_was() {
        // The move makes three calls, which create the content, set its size and copy the bytes. The program's write comes after them.
        for calls in 0..3 {
            let (space, double) = space(limits(128, 1 << 20));
            let file = create(&space, "f");
            file.write_all(0, &[1; 100]).unwrap();
            let before = (space.usage(), file.stat().unwrap());
            double.fail_after(calls);
            assert_eq!(file.write_all(100, &[2; 100]), Err(Error::Io), "{calls}");
            assert_eq!(file.stat().unwrap(), before.1);
            assert_eq!(
                (space.usage().bytes.used, space.usage().memory.used),
                (before.0.bytes.used, before.0.memory.used)
            );
            assert_eq!(read(&file), [1; 100]);
            file.write_all(100, &[2; 100]).unwrap();
            assert_eq!(read(&file)[100..], [2; 100]);
        }
    }

    #[test]
    fn a_disk_that_fails_later_costs_that_write_and_nothing_else() {
        let (space, double) = space(limits(0, 1 << 20));
        let file = create(&space, "f");
        file.write_all(0, &[1; 100]).unwrap();
        double.fail_after(0);
        assert_eq!(file.append(&[2; 10]), Err(Error::Io));
        double.fail_after(0);
        assert_eq!(file.set_size(5), Err(Error::Io));
        double.fail_after(0);
        assert_eq!(file.set_size(200), Err(Error::Io));
        assert_eq!((file.stat().unwrap().size, space.usage().bytes.used), (100, 100));
        double.fail_after(0);
        assert_eq!(file.read(0, &mut [0; 10]), Err(Error::Io));
        assert_eq!(read(&file), [1; 100]);
        drop(file);
        let file = space
            .root()
            .unwrap()
            .open_at("f", &OpenOptions::new().truncate(true))
            .unwrap();
        assert_eq!((file.stat().unwrap().size, space.usage().bytes.used), (0, 0));
    }
}
