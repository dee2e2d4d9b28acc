//! Where the bytes of a temporary file are: in memory, then in a file without a name, then in one with a name. They move in
//! this direction only, and only when they must.

mod disk;
mod memory;
mod write;

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

pub(super) use self::disk::{Disk, Entry};
use self::memory::Memory;
pub(super) use self::write::Write;
use self::write::{InPlace, To};
use super::Failed;
use super::directory::{Node, depth_in, open_around, open_home, path_in};
use super::names::Pattern;
use crate::budget::{Found, InodeId, LARGEST_FILE, Refused};
use crate::space::Shared;
use crate::unnamed::{self, FILE_MODE};

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

/// Where a write begins.
#[derive(Clone, Copy, Debug)]
pub(super) enum At {
    Offset(u64),
    End,
}

impl Content {
    /// A new file, in memory up to `most` bytes: on disk if that is none.
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
        let memory = Memory::new(most, space.budget().no_memory());
        let content = Content {
            space: Arc::clone(space),
            home,
            pattern,
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

    /// Whether a write of `length` bytes makes a file move to disk that is so large that this is worth a thread.
    pub(super) fn is_long_to_begin(&self, length: usize, at: At) -> bool {
        match &self.place().bytes {
            Bytes::Disk(_) => false,
            Bytes::Memory(memory) => {
                let begin = match at {
                    At::Offset(offset) => offset,
                    At::End => memory.size(),
                };
                let end = begin.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
                !is_short(memory.size()) && end > memory.room()
            }
        }
    }

    /// Whether it is in memory, and so large that its move to disk is worth a thread.
    pub(super) fn is_long_to_move(&self) -> bool {
        match &self.place().bytes {
            Bytes::Disk(_) => false,
            Bytes::Memory(memory) => !is_short(memory.size()),
        }
    }

    /// Whether nothing stands in the space for it.
    pub(super) fn is_nameless(&self) -> bool {
        match &self.place().bytes {
            Bytes::Memory(_) => true,
            Bytes::Disk(disk) => !matches!(disk.entry, Entry::Named(_)),
        }
    }

    /// Whether its bytes are so few that to write or free all of them is not worth a thread.
    pub(super) fn is_small(&self) -> bool {
        is_short(match &self.place().bytes {
            Bytes::Memory(memory) => memory.size(),
            Bytes::Disk(disk) => disk.inode.charged(),
        })
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
        let length = length.min(LARGEST_FILE.saturating_sub(offset));
        let length = usize::try_from(length).map_or(PIECE, |length| length.min(PIECE));
        match &self.place().bytes {
            Bytes::Memory(memory) => memory.read(length, offset),
            Bytes::Disk(disk) => disk.read(length, offset),
        }
    }

    /// Begins to write `length` bytes: everything is charged, and nothing is written yet.
    ///
    /// # Errors
    ///
    /// `file-too-large`, `insufficient-space`, and, where the file has to move to disk for it, those of that.
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
        Ok(Write::new(Arc::clone(self), begin, to))
    }

    /// Where bytes go that end at `end`.
    fn to(&self, place: &mut Place, end: u64) -> Result<To, Failed> {
        if let Bytes::Memory(memory) = &mut place.bytes {
            let size = memory.size();
            if end > size {
                self.space.budget().file_bytes(end)?;
            }
            if memory.make_room(end) {
                return Ok(To::Memory);
            }
            // It moves only if what is to be written fits, too.
            let (disk, growth) = self.written_out(memory.bytes(), place.is_owned, end.max(size))?;
            return Ok(To::New { disk, growth });
        }
        let disk = self.on_disk(place)?;
        Ok(To::Disk {
            growth: InPlace::new(disk.inode.write_to(end)?),
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
            if memory.resize(size) {
                return Ok(());
            }
            let (mut disk, growth) = self.written_out(memory.bytes(), *is_owned, size.max(memory.size()))?;
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
    /// `insufficient-space` for an entry or bytes, `quota` for a depth or an open file; `no-entry`, `not-directory`, `loop`
    /// where its directory does not stand any more; those of `open` and `write`.
    pub(super) fn to_disk(&self) -> Result<(), Failed> {
        self.on_disk(&mut self.place()).map(drop)
    }

    fn on_disk<'p>(&self, place: &'p mut Place) -> Result<&'p mut Disk, Failed> {
        if let Bytes::Memory(memory) = &place.bytes {
            let (disk, growth) = self.written_out(memory.bytes(), place.is_owned, memory.size())?;
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
            Bytes::Memory(memory) => of(Ok(memory.bytes())),
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
        let dir = open_home(&self.space, home)?;
        budget.depth(depth_in(home))?;
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
                    Ok((file, name)) => (file, Entry::Named(path_in(home, &name))),
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

    fn create_named(&self, dir: &File) -> Result<(OwnedFd, String), Failed> {
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
        match open_home(&self.space, self.home.as_ref()) {
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
                let linked = open_home(&self.space, self.home.as_ref()).and_then(|dir| {
                    nameless.renew()?;
                    Ok(self.pattern.draw(|name| unnamed::link(&disk.file, &dir, name))?)
                });
                match linked {
                    Ok(((), name)) => {
                        nameless.named();
                        self.space.budget().named(disk.inode.id());
                        let path = path_in(self.home.as_ref(), &name);
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
        let opened = match (unnamed::reopen(&disk.file, mode), &disk.entry) {
            // There is no `/proc`.
            (Err(Errno::NOENT), Entry::Named(path)) => self.reopen_by_name(disk, path, mode)?,
            (opened, _) => opened?,
        };
        Ok((File::from(opened), disk.inode.id()))
    }

    /// # Errors
    ///
    /// `no-entry` if another file stands there, and those of `open`.
    fn reopen_by_name(&self, disk: &Disk, path: &str, mode: OFlags) -> Result<OwnedFd, Failed> {
        let (dir, name) = open_around(&self.space, path)?;
        let opened = rustix::fs::openat(dir, name, mode | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
        match InodeId::of(&rustix::fs::fstat(&opened)?) == disk.inode.id() {
            true => Ok(opened),
            false => Err(ErrorCode::NoEntry.into()),
        }
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
                    return Err(budget.beyond_one_file(position.saturating_add(1)));
                }
                let in_memory = memory.room().saturating_sub(position);
                // Once it has moved, all of it is charged there.
                let on_disk = budget.bytes_left().saturating_sub(position);
                match in_memory.max(on_disk).min(in_file) {
                    0 => Err(Refused::Full),
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
            Bytes::Disk(disk) => disk.size(),
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
        .filter(|end| *end <= LARGEST_FILE)
        .ok_or(Failed::Code(ErrorCode::FileTooLarge))
}

pub(super) fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// Whether so many bytes are read or written in one piece.
fn is_short(bytes: u64) -> bool {
    usize::try_from(bytes).is_ok_and(|bytes| bytes <= PIECE)
}

/// # Errors
///
/// `loop` or `is-directory` if that is what the program put at `path`.
fn stands(space: &Shared, path: &str) -> Result<(), Failed> {
    let (dir, name) = open_around(space, path)?;
    let kind = rustix::fs::statat(&dir, name, AtFlags::SYMLINK_NOFOLLOW).map(|stat| Found::new(&stat).kind);
    match kind {
        Ok(FileType::Symlink) => Err(ErrorCode::Loop.into()),
        Ok(FileType::Directory) => Err(ErrorCode::IsDirectory.into()),
        // Another file, or none: it is this very file that is opened.
        _ => Ok(()),
    }
}
