//! Where the bytes of a temporary file are: in memory, then in a file without a name, then in one with a name. They move in
//! this direction only, and only when they must.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

use super::Failed;
use super::directory::Node;
use super::names::Pattern;
use crate::budget::{Found, Growth, InodeId, Nameless, OpenInode, Refused, Taken};
use crate::space::Shared;
use crate::unnamed::{self, FILE_MODE};

/// The largest size of a file, and the largest offset: WASI's `filesize` is unsigned, every system's is signed.
pub(super) const LARGEST: u64 = u64::MAX >> 1;

/// So many bytes are read or written at once: what a program waits for between two looks at its deadline. The contract lets
/// no `read` return more.
pub(super) const PIECE: usize = 1 << 20;

/// The bytes of one temporary file. Its handle holds this, and every stream of it.
#[derive(Debug)]
pub(super) struct Content {
    space: Arc<Shared>,
    /// The directory that it was made in; `None` for the space itself.
    home: Option<Arc<Node>>,
    pattern: Pattern,
    /// How many bytes it may hold in memory.
    most: u64,
    place: Mutex<Place>,
}

#[derive(Debug)]
struct Place {
    /// Whether it has a handle: without one it is what POSIX makes of an open file that was unlinked.
    is_owned: bool,
    bytes: Bytes,
}

#[derive(Debug)]
enum Bytes {
    Memory(Memory),
    Disk(Disk),
}

#[derive(Debug)]
struct Memory {
    /// Shared for as long as a whole file is handed to a program.
    bytes: Arc<Vec<u8>>,
    charge: Taken,
}

#[derive(Debug)]
pub(super) struct Disk {
    pub(super) file: Arc<File>,
    pub(super) inode: OpenInode,
    pub(super) entry: Entry,
    _open: Taken,
}

/// What stands for a file in the space.
#[derive(Debug)]
pub(super) enum Entry {
    /// It has never had a name.
    Nameless(Nameless),
    /// The path in the space.
    Named(String),
    /// The file was deleted, kept or persisted.
    None,
}

/// Where a write begins.
#[derive(Clone, Copy, Debug)]
pub(super) enum At {
    Offset(u64),
    End,
}

impl Content {
    /// A new file, in memory unless it may hold nothing there.
    ///
    /// # Errors
    ///
    /// Those of [`make_disk`](Content::make_disk).
    pub(super) fn new(
        space: &Arc<Shared>,
        home: Option<Arc<Node>>,
        pattern: Pattern,
        most: u64,
    ) -> Result<Content, Failed> {
        let memory = Memory {
            bytes: Arc::default(),
            charge: space.budget().no_memory(),
        };
        let content = Content {
            space: Arc::clone(space),
            home,
            pattern,
            most,
            place: Mutex::new(Place {
                is_owned: true,
                bytes: Bytes::Memory(memory),
            }),
        };
        if most == 0 {
            content.to_disk()?;
        }
        Ok(content)
    }

    pub(super) fn space(&self) -> &Arc<Shared> {
        &self.space
    }

    pub(super) fn is_in_memory(&self) -> bool {
        matches!(self.place().bytes, Bytes::Memory(_))
    }

    /// Whether a write makes it move to disk first.
    pub(super) fn has_to_move(&self, length: usize, at: At) -> bool {
        match &self.place().bytes {
            Bytes::Disk(_) => false,
            Bytes::Memory(memory) => {
                let begin = match at {
                    At::Offset(offset) => offset,
                    At::End => memory.size(),
                };
                u64::try_from(length).is_ok_and(|length| begin.saturating_add(length) > self.most)
            }
        }
    }

    /// Whether nothing stands in the space for it.
    pub(super) fn is_nameless(&self) -> bool {
        match &self.place().bytes {
            Bytes::Memory(_) => true,
            Bytes::Disk(disk) => !matches!(disk.entry, Entry::Named(_)),
        }
    }

    /// Whether its bytes are so few that to read or write all of them is not worth a thread.
    pub(super) fn is_small(&self) -> bool {
        let size = match &self.place().bytes {
            Bytes::Memory(memory) => memory.size(),
            Bytes::Disk(disk) => disk.inode.charged(),
        };
        usize::try_from(size).is_ok_and(|size| size <= PIECE)
    }

    /// The size in bytes.
    ///
    /// # Errors
    ///
    /// Of `fstat`.
    pub(super) fn size(&self) -> Result<u64, Failed> {
        self.place().size()
    }

    /// Up to `length` bytes from `offset` on, [`PIECE`] at most; none at the end and beyond it.
    ///
    /// # Errors
    ///
    /// `insufficient-memory`, and those of `pread`.
    pub(super) fn read(&self, length: u64, offset: u64) -> Result<Arc<Vec<u8>>, Failed> {
        // Beyond this no file reaches, and some systems answer with an error instead of nothing.
        let length = length.min(LARGEST.saturating_sub(offset));
        let length = usize::try_from(length).map_or(PIECE, |length| length.min(PIECE));
        match &self.place().bytes {
            Bytes::Memory(memory) => memory.read(length, offset),
            Bytes::Disk(disk) => read_disk(&disk.file, length, offset, disk.inode.charged()),
        }
    }

    /// Begins to write `length` bytes: everything is charged, and nothing is written yet.
    ///
    /// # Errors
    ///
    /// `file-too-large`, `quota`, and, where the file has to move to disk for it, those of that.
    pub(super) fn begin(self: &Arc<Content>, length: usize, at: At) -> Result<Write, Failed> {
        let length = u64::try_from(length).map_err(|_| Failed::Code(ErrorCode::FileTooLarge))?;
        let mut place = self.place();
        let begin = match at {
            At::Offset(offset) => offset,
            At::End => place.size()?,
        };
        let to = if length == 0 {
            To::Nothing
        } else {
            let end = end_of(begin, length)?;
            self.to(&mut place, end)?
        };
        drop(place);
        Ok(Write {
            content: Arc::clone(self),
            begin,
            to,
        })
    }

    /// Where bytes go that end at `end`.
    fn to(&self, place: &mut Place, end: u64) -> Result<To, Failed> {
        if let Bytes::Memory(memory) = &mut place.bytes {
            let size = memory.size();
            if end > size {
                self.space.budget().file_bytes(end)?;
            }
            if end <= self.most && memory.make_room(end, self.most) {
                return Ok(To::Memory);
            }
            // It moves only if what is to be written fits, too.
            let (disk, growth) = self.written_out(&memory.bytes, place.is_owned, end.max(size))?;
            return Ok(To::New { disk, growth });
        }
        let disk = self.on_disk(place)?;
        Ok(To::Disk {
            growth: InPlace(Some(disk.inode.write_to(end)?)),
            file: Arc::clone(&disk.file),
        })
    }

    /// Cuts the file off at `size`, or extends it with zeros.
    ///
    /// # Errors
    ///
    /// As for [`begin`](Content::begin).
    pub(super) fn resize(&self, size: u64) -> Result<(), Failed> {
        let mut place = self.place();
        let Place { is_owned, bytes } = &mut *place;
        if let Bytes::Memory(memory) = bytes {
            if size > memory.size() {
                self.space.budget().file_bytes(size)?;
            }
            if size <= self.most && memory.resize(size, self.most) {
                return Ok(());
            }
            let (mut disk, growth) = self.written_out(&memory.bytes, *is_owned, size.max(memory.size()))?;
            if let Err(error) = disk.file.set_len(size) {
                let _ = disk.delete(&self.space);
                return Err(error.into());
            }
            growth.finish();
            *bytes = Bytes::Disk(disk);
            return Ok(());
        }
        let disk = self.on_disk(&mut place)?;
        let growth = disk.inode.resize(size)?;
        let resized = disk.file.set_len(size);
        growth.finish(resized.is_ok());
        resized.map_err(Failed::from)
    }

    /// Moves the file to disk if it is in memory. If that fails it stays there.
    ///
    /// # Errors
    ///
    /// `quota` for an entry, a depth, an open file or bytes; `no-entry`, `not-directory`, `loop` where its directory does not
    /// stand any more; those of `open` and `write`.
    pub(super) fn to_disk(&self) -> Result<(), Failed> {
        self.on_disk(&mut self.place()).map(drop)
    }

    fn on_disk<'p>(&self, place: &'p mut Place) -> Result<&'p mut Disk, Failed> {
        if let Bytes::Memory(memory) = &place.bytes {
            let (disk, growth) = self.written_out(&memory.bytes, place.is_owned, memory.size())?;
            growth.finish();
            place.bytes = Bytes::Disk(disk);
        }
        match &mut place.bytes {
            Bytes::Disk(disk) => Ok(disk),
            Bytes::Memory(_) => unreachable!("it has just been moved"),
        }
    }

    /// What is in memory as a new file, which is going to have `size` bytes.
    fn written_out(&self, bytes: &[u8], is_owned: bool, size: u64) -> Result<(Disk, InPlace), Failed> {
        let mut disk = self.make_disk(is_owned)?;
        match disk.begin(bytes, size) {
            Ok(growth) => Ok((disk, growth)),
            Err(failed) => {
                // It may have a name, and nobody is going to own it.
                let _ = disk.delete(&self.space);
                Err(failed)
            }
        }
    }

    /// The bytes, if they are in memory, or the file that they are in.
    pub(super) fn where_it_is<R>(&self, of: impl FnOnce(Result<&[u8], &mut Disk>) -> R) -> R {
        match &mut self.place().bytes {
            Bytes::Memory(memory) => of(Ok(&memory.bytes)),
            Bytes::Disk(disk) => of(Err(disk)),
        }
    }

    /// A copy on disk of what is in memory, charged.
    pub(super) fn copy(&self, bytes: &[u8]) -> Result<Disk, Failed> {
        let (disk, growth) = self.written_out(bytes, true, length(bytes))?;
        growth.finish();
        Ok(disk)
    }

    fn make_disk(&self, is_owned: bool) -> Result<Disk, Failed> {
        let budget = self.space.budget();
        // What has no handle any more has no directory either.
        let home = self.home.as_ref().filter(|_| is_owned);
        let dir = super::directory::open_home(&self.space, home)?;
        budget.depth(depth(home))?;
        let open = budget.open_file(false)?;
        let is_unnamed = self.space.lease().has_unnamed_files();
        let (file, entry) = match (is_unnamed, is_owned) {
            (true, true) => {
                let nameless = budget.nameless()?;
                (unnamed::create(&dir)?, Entry::Nameless(nameless))
            }
            (true, false) => (unnamed::create(&dir)?, Entry::None),
            (false, _) => {
                budget.entry()?;
                match self.create_named(&dir) {
                    Ok((file, name)) => (file, Entry::Named(join(home, &name))),
                    Err(error) => {
                        budget.entry_gone();
                        return Err(error);
                    }
                }
            }
        };
        let file = Arc::new(File::from(file));
        let found = Found::new(&rustix::fs::fstat(&file)?);
        let inode = budget.opened(found.id, 0, &file);
        self.space.watch(&file);
        let mut disk = Disk {
            file,
            inode,
            entry,
            _open: open,
        };
        if !matches!(disk.entry, Entry::Named(_)) {
            budget.unnamed(found.id, 0);
        } else if !is_owned {
            disk.delete(&self.space)?;
        }
        Ok(disk)
    }

    fn create_named(&self, dir: &File) -> Result<(std::os::fd::OwnedFd, String), Failed> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let create = |name: &str| rustix::fs::openat(dir, name, flags, FILE_MODE);
        Ok(self.pattern.draw(create)?)
    }

    /// The path in the space, by which the file can be found from now on.
    ///
    /// # Errors
    ///
    /// Those of [`to_disk`](Content::to_disk), and of `link`.
    pub(super) fn named(&self) -> Result<String, Failed> {
        let mut place = self.place();
        let disk = self.on_disk(&mut place)?;
        self.name(disk)
    }

    /// The same of a file on disk; one in memory stays there, and one whose directory is gone goes with that.
    pub(super) fn name_if_on_disk(&self) -> Result<(), Failed> {
        let Bytes::Disk(disk) = &mut self.place().bytes else {
            return Ok(());
        };
        match super::directory::open_home(&self.space, self.home.as_ref()) {
            Err(Failed::Code(ErrorCode::Loop)) => Ok(()),
            Err(failed) if failed.is(Errno::NOENT) || failed.is(Errno::NOTDIR) => Ok(()),
            Err(failed) => Err(failed),
            Ok(_) => self.name(disk).map(drop),
        }
    }

    /// The same of a file that is on disk.
    pub(super) fn name(&self, disk: &mut Disk) -> Result<String, Failed> {
        match std::mem::replace(&mut disk.entry, Entry::None) {
            Entry::Nameless(mut nameless) => {
                let linked = super::directory::open_home(&self.space, self.home.as_ref()).and_then(|dir| {
                    nameless.renew()?;
                    Ok(self.pattern.draw(|name| unnamed::link(&disk.file, &dir, name))?)
                });
                match linked {
                    Ok(((), name)) => {
                        nameless.named();
                        self.space.budget().named(disk.inode.id());
                        let path = join(self.home.as_ref(), &name);
                        disk.entry = Entry::Named(path.clone());
                        Ok(path)
                    }
                    Err(error) => {
                        disk.entry = Entry::Nameless(nameless);
                        Err(error)
                    }
                }
            }
            Entry::Named(path) => {
                disk.entry = Entry::Named(path.clone());
                Ok(path)
            }
            Entry::None => Err(ErrorCode::NoEntry.into()),
        }
    }

    /// Another open file of the same inode, for reading, writing or both.
    ///
    /// # Errors
    ///
    /// Those of [`to_disk`](Content::to_disk), and of `open`.
    pub(super) fn reopen(&self, mode: OFlags) -> Result<(File, InodeId), Failed> {
        let mut place = self.place();
        let disk = self.on_disk(&mut place)?;
        if let Entry::Named(path) = &disk.entry {
            stands(&self.space, path)?;
        }
        let opened = rustix::fs::open(unnamed::path_of(&disk.file), mode | OFlags::CLOEXEC, Mode::empty())?;
        Ok((File::from(opened), disk.inode.id()))
    }

    /// Its handle goes, and its entry with it; what is open of it stays usable.
    ///
    /// # Errors
    ///
    /// Those of `unlink`.
    pub(super) fn delete(&self) -> io::Result<()> {
        let mut place = self.place();
        place.is_owned = false;
        match &mut place.bytes {
            Bytes::Memory(_) => Ok(()),
            Bytes::Disk(disk) => disk.delete(&self.space),
        }
    }

    /// Its handle goes, and its entry has been kept, persisted, or deleted with its directory.
    pub(super) fn release(&self) {
        let mut place = self.place();
        place.is_owned = false;
        if let Bytes::Disk(disk) = &mut place.bytes {
            disk.entry = Entry::None;
        }
    }

    /// How many bytes a stream may write at `position`, or at the end.
    ///
    /// # Errors
    ///
    /// If it is none.
    pub(super) fn room(&self, position: Option<u64>) -> Result<u64, Refused> {
        let place = self.place();
        let budget = self.space.budget();
        match &place.bytes {
            Bytes::Disk(disk) => disk.inode.room(position),
            Bytes::Memory(memory) => {
                let position = position.unwrap_or(memory.size());
                let in_file = budget.limits().file_bytes.saturating_sub(position);
                if in_file == 0 {
                    return Err(Refused::FileTooLarge);
                }
                let in_memory = memory.charge.room().min(self.most).saturating_sub(position);
                // Once it has moved, all of it is charged there.
                let on_disk = budget.bytes_left().saturating_sub(position);
                match in_memory.max(on_disk).min(in_file) {
                    0 => Err(Refused::Quota),
                    room => Ok(room),
                }
            }
        }
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    fn size(&self) -> Result<u64, Failed> {
        match &self.bytes {
            Bytes::Memory(memory) => Ok(memory.size()),
            // Others may write to it, through descriptors and its name.
            Bytes::Disk(disk) => Ok(Found::new(&rustix::fs::fstat(&disk.file)?).size),
        }
    }
}

impl Memory {
    fn size(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap_or(u64::MAX)
    }

    fn read(&self, length: usize, offset: u64) -> Result<Arc<Vec<u8>>, Failed> {
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|offset| self.bytes.get(offset..))
            .unwrap_or_default();
        if offset == 0 && rest.len() <= length {
            // All of it: without a copy.
            return Ok(Arc::clone(&self.bytes));
        }
        let mut read = Vec::new();
        let length = length.min(rest.len());
        read.try_reserve_exact(length)
            .map_err(|_| Failed::Code(ErrorCode::InsufficientMemory))?;
        read.extend_from_slice(&rest[..length]);
        Ok(Arc::new(read))
    }

    /// Charges and takes memory for a file that ends at `end`, if there is any.
    fn make_room(&mut self, end: u64, most: u64) -> bool {
        let (Ok(end_index), size) = (usize::try_from(end), self.size()) else {
            return false;
        };
        if end <= size {
            return true;
        }
        if self.charge.resize(end).is_err() {
            return false;
        }
        let bytes = Arc::make_mut(&mut self.bytes);
        let capacity = bytes.capacity();
        if end_index > capacity {
            // Twice what there was, so that small appends cost little; never more than it may hold.
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            let roomy = capacity.saturating_mul(2).min(most).max(end_index);
            if bytes.try_reserve_exact(roomy - bytes.len()).is_err() {
                let _ = self.charge.resize(size);
                return false;
            }
        }
        true
    }

    /// Writes where room was made.
    fn write(&mut self, piece: &[u8], offset: u64) -> Result<(), Failed> {
        let begin = usize::try_from(offset).map_err(|_| Failed::Code(ErrorCode::FileTooLarge))?;
        let bytes = Arc::make_mut(&mut self.bytes);
        if begin > bytes.len() {
            bytes.resize(begin, 0);
        }
        let (over, beyond) = piece.split_at(piece.len().min(bytes.len() - begin));
        bytes[begin..begin + over.len()].copy_from_slice(over);
        bytes.extend_from_slice(beyond);
        Ok(())
    }

    /// Whether there was room for it.
    fn resize(&mut self, size: u64, most: u64) -> bool {
        let is_charged = match self.bytes.is_empty() {
            true => self.charge.resize(size).is_ok(),
            false => self.make_room(size, most) && self.charge.resize(size).is_ok(),
        };
        let (true, Ok(size)) = (is_charged, usize::try_from(size)) else {
            return false;
        };
        let bytes = Arc::make_mut(&mut self.bytes);
        match bytes.is_empty() {
            // The system has zeros at hand; that there are too few of them must not end the host.
            true if Vec::<u8>::new().try_reserve_exact(size).is_err() => {
                let _ = self.charge.resize(0);
                return false;
            }
            true => *bytes = vec![0; size],
            false => {
                bytes.resize(size, 0);
                bytes.shrink_to(size);
            }
        }
        true
    }
}

impl Disk {
    /// Charges `size` bytes, and writes the first of them.
    fn begin(&self, bytes: &[u8], size: u64) -> Result<InPlace, Failed> {
        let growth = InPlace(Some(self.inode.write_to(size)?));
        self.file.write_all_at(bytes, 0)?;
        self.inode.budget().wrote(length(bytes));
        Ok(growth)
    }

    /// Deletes its entry.
    pub(super) fn delete(&mut self, space: &Shared) -> io::Result<()> {
        match std::mem::replace(&mut self.entry, Entry::None) {
            Entry::Named(path) => space.remove(&path),
            Entry::Nameless(_) | Entry::None => Ok(()),
        }
    }
}

/// A write that is charged.
#[derive(Debug)]
pub(super) struct Write {
    content: Arc<Content>,
    begin: u64,
    to: To,
}

#[derive(Debug)]
enum To {
    /// There is nothing to be written.
    Nothing,
    Memory,
    Disk {
        file: Arc<File>,
        growth: InPlace,
    },
    /// A file that the bytes move to when all is written: until then they are in memory.
    New {
        disk: Disk,
        growth: InPlace,
    },
}

impl Write {
    /// Where the first byte goes.
    pub(super) fn begin(&self) -> u64 {
        self.begin
    }

    /// Writes some of the bytes, those from `done` on.
    ///
    /// # Errors
    ///
    /// Those of `pwrite`. What follows is not to be written then.
    pub(super) fn piece(&mut self, piece: &[u8], done: usize) -> Result<(), Failed> {
        let done = u64::try_from(done).map_err(|_| Failed::Code(ErrorCode::FileTooLarge))?;
        let offset = self.begin.saturating_add(done);
        let (file, bytes) = match &mut self.to {
            To::Nothing => return Ok(()),
            To::Memory => match &mut self.content.place().bytes {
                Bytes::Memory(memory) => return memory.write(piece, offset),
                Bytes::Disk(disk) => (Arc::clone(&disk.file), piece),
            },
            To::Disk { file, .. }
            | To::New {
                disk: Disk { file, .. },
                ..
            } => (Arc::clone(file), piece),
        };
        file.write_all_at(bytes, offset).map_err(Failed::from)?;
        self.content.space.budget().wrote(length(bytes));
        Ok(())
    }

    /// All is written.
    pub(super) fn finish(mut self) {
        match std::mem::replace(&mut self.to, To::Nothing) {
            To::Nothing | To::Memory => {}
            To::Disk { growth, .. } => growth.finish(),
            To::New { disk, growth } => {
                growth.finish();
                self.content.place().bytes = Bytes::Disk(disk);
            }
        }
    }
}

impl Drop for Write {
    fn drop(&mut self) {
        if let To::New { disk, .. } = &mut self.to {
            // The file stays in memory, and what it was to be moved to may have a name.
            let _ = disk.delete(&self.content.space);
        }
    }
}

/// A charge for what is written by the one who holds this, and by nobody in the background.
#[derive(Debug)]
struct InPlace(Option<Growth>);

impl InPlace {
    fn finish(mut self) {
        if let Some(growth) = self.0.take() {
            growth.finish(true);
        }
    }
}

impl Drop for InPlace {
    fn drop(&mut self) {
        if let Some(growth) = self.0.take() {
            growth.finish(false);
        }
    }
}

/// Where bytes end.
///
/// # Errors
///
/// `file-too-large` beyond what any file can hold.
pub(super) fn end_of(begin: u64, length: u64) -> Result<u64, Failed> {
    begin
        .checked_add(length)
        .filter(|end| *end <= LARGEST)
        .ok_or(Failed::Code(ErrorCode::FileTooLarge))
}

pub(super) fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// How deep what is directly in `home` stands.
fn depth(home: Option<&Arc<Node>>) -> u64 {
    home.map_or(0, |home| home.depth()).saturating_add(1)
}

fn join(home: Option<&Arc<Node>>, name: &str) -> String {
    match home {
        Some(home) => format!("{}/{name}", home.path()),
        None => name.to_owned(),
    }
}

/// # Errors
///
/// `loop` or `is-directory` if that is what the program put at `path`.
fn stands(space: &Shared, path: &str) -> Result<(), Failed> {
    let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
    let dir = super::directory::open(space, dir)?;
    let kind = rustix::fs::statat(&dir, name, AtFlags::SYMLINK_NOFOLLOW).map(|stat| Found::new(&stat).kind);
    match kind {
        Ok(FileType::Symlink) => Err(ErrorCode::Loop.into()),
        Ok(FileType::Directory) => Err(ErrorCode::IsDirectory.into()),
        // Another file, or none: it is this very file that is opened.
        _ => Ok(()),
    }
}

/// `size` is how large the file is, as far as is known: memory for more is not asked for before there is more.
fn read_disk(file: &File, length: usize, offset: u64, size: u64) -> Result<Arc<Vec<u8>>, Failed> {
    let left = size.saturating_sub(offset);
    // One more than there is, to see the end.
    let mut wanted = usize::try_from(left).map_or(length, |left| left.saturating_add(1).min(length));
    let mut read = Vec::new();
    while read.len() < length {
        if read.len() >= wanted {
            wanted = length;
        }
        read.try_reserve_exact(wanted - read.len())
            .map_err(|_| Failed::Code(ErrorCode::InsufficientMemory))?;
        let at = offset.saturating_add(u64::try_from(read.len()).unwrap_or(u64::MAX));
        match rustix::io::pread(file, rustix::buffer::spare_capacity(&mut read), at) {
            Ok(0) => break,
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    read.truncate(length);
    Ok(Arc::new(read))
}
