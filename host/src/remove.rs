//! The only code that deletes what programs made: by (directory descriptor, name), without following a link, without
//! crossing a mount, without recursion.
//!
//! A directory that is not empty is emptied into the trash: what is itself a full directory is renamed up into the
//! trash under a fresh name and put on a list, so a tree of any depth costs one descriptor at a time and no stack.
//! Errors do not stop it: it goes on with the rest and hands all of them back.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawDir, Stat};
use rustix::io::Errno;

use crate::budget::{Budget, Found};
use crate::dir;
use crate::label::{Label, Whose};
use crate::look;
use crate::reserve::{Opened, Reserve};

/// How often a directory that fills again while it is being emptied is emptied before it is given up.
///
/// Somebody who puts files into it by its path stops at the second: it is moved into the trash then. Only who holds a
/// descriptor of it goes on, and loses a race of microseconds in nearly every pass.
const MAX_PASSES: usize = 1000;

/// How long a path in a failure may become, in bytes, before its middle is left out.
const LONGEST_PATH: usize = 1024;

/// What one call of `getdents` fills.
const LISTING_BYTES: usize = 32 * 1024;

/// What was deleted, and what refused.
#[derive(Debug, Default)]
pub(crate) struct Removed {
    /// Entries deleted.
    pub(crate) entries: u64,
    /// Bytes freed: file sizes, each inode once.
    pub(crate) bytes: u64,
    /// What could not be deleted, by its path, and why. A directory that is only in the way of what is in it is not
    /// among them.
    pub(crate) failures: Vec<(String, io::Error)>,
    /// What stands in the trash now because it could not be deleted.
    pub(crate) stuck: Vec<Stuck>,
    /// Whether a budget has to count anew to know what it was given back.
    pub(crate) is_uncertain: bool,
}

impl Removed {
    pub(crate) fn add(&mut self, other: Removed) {
        self.entries += other.entries;
        self.bytes += other.bytes;
        self.failures.extend(other.failures);
        self.stuck.extend(other.stuck);
        self.is_uncertain |= other.is_uncertain;
    }
}

/// A directory that stands in the trash because something in it could not be deleted.
#[derive(Clone, Debug)]
pub(crate) struct Stuck {
    /// Its name there.
    pub(crate) name: String,
    /// Where it stood.
    pub(crate) path: String,
}

/// Deletes with the help of a trash.
#[derive(Clone)]
pub(crate) struct Remover<'a> {
    /// A directory on the same file system that no program reaches.
    trash: BorrowedFd<'a>,
    /// For when the process has no descriptor left.
    reserve: &'a Reserve,
    /// Counts along, for who watches.
    progress: Option<&'a AtomicU64>,
    /// Whose everything is, if that is known before it is looked at.
    whose: Whose,
    /// To which what is deleted is given back, one by one.
    budget: Option<&'a Budget>,
}

impl<'a> Remover<'a> {
    pub(crate) fn new(trash: &'a impl AsFd, reserve: &'a Reserve) -> Remover<'a> {
        Remover {
            trash: trash.as_fd(),
            reserve,
            progress: None,
            whose: Whose::NotKnown,
            budget: None,
        }
    }

    /// What is deleted is in a space with this label.
    pub(crate) fn in_space(self, label: Option<&Label>) -> Remover<'a> {
        Remover {
            whose: Whose::Space(label.cloned()),
            ..self
        }
    }

    /// Gives back to `budget` what is deleted, as far as that is [certain](Removed::is_uncertain).
    pub(crate) fn charged_to(self, budget: &'a Budget) -> Remover<'a> {
        Remover {
            budget: Some(budget),
            ..self
        }
    }

    /// Adds every entry that is deleted to `progress`, too.
    pub(crate) fn counting(self, progress: &'a AtomicU64) -> Remover<'a> {
        Remover {
            progress: Some(progress),
            ..self
        }
    }

    /// Deletes whatever stands at the relative path `path`, if anything does.
    ///
    /// # Errors
    ///
    /// If a directory around it cannot be opened: those of `open`, such as `ENOENT`, and `ENOTDIR` for a link.
    pub(crate) fn remove_beneath(&self, root: impl AsFd, path: &str) -> rustix::io::Result<Removed> {
        let Some((dir, name)) = path.rsplit_once('/') else {
            return Ok(self.remove(root, path));
        };
        let open = |dir: BorrowedFd<'_>, name: &str| self.reserve.open(|| dir::open(dir, name));
        Ok(self.remove(dir::open_each(root.as_fd(), dir, open)?, name))
    }

    /// Deletes whatever stands under `name` in `parent`, if anything does.
    pub(crate) fn remove(&self, parent: impl AsFd, name: &str) -> Removed {
        self.remove_as(parent, name, name)
    }

    /// As [`remove`](Remover::remove), with `path` as what the entry is called in a failure.
    pub(crate) fn remove_as(&self, parent: impl AsFd, name: &str, path: &str) -> Removed {
        match CString::new(name) {
            Ok(name) => self.remove_raw(parent.as_fd(), &name, path),
            Err(_) => Removed::default(),
        }
    }

    /// Deletes what stands under `name` in the trash itself; if it refuses to go, it is among [`Removed::stuck`].
    pub(crate) fn remove_from_trash(&self, name: &str, path: &str) -> Removed {
        let mut removed = Removed::default();
        if let (Ok(name), Some(mut run)) = (CString::new(name), self.run(&mut removed, path)) {
            let whose = run.whose.below(&name);
            let path = path.to_owned();
            run.moved.push(Moved { name, path, whose });
            run.all_moved();
        }
        removed
    }

    /// Deletes everything in the directory `dir` and leaves the directory.
    pub(crate) fn clear(&self, dir: impl AsFd) -> Removed {
        let mut removed = Removed::default();
        for _ in 0..MAX_PASSES {
            // With a cursor of its own: whoever holds `dir` may be reading it.
            let opened = self.reserve.open(|| dir::open(dir.as_fd(), c"."));
            let names = match opened.and_then(look::list) {
                Ok(names) => names,
                Err(error) => {
                    removed.failures.push((".".to_owned(), error.into()));
                    break;
                }
            };
            let mut failed = false;
            let done = names.is_empty();
            for (name, _) in names {
                let one = self.remove_raw(dir.as_fd(), &name, &name.to_string_lossy());
                failed |= !one.failures.is_empty();
                removed.add(one);
            }
            if done || failed {
                break;
            }
        }
        removed
    }

    fn remove_raw(&self, parent: BorrowedFd<'_>, name: &CStr, path: &str) -> Removed {
        let mut removed = Removed::default();
        if let Some(mut run) = self.run(&mut removed, path) {
            let start = Moved {
                name: name.to_owned(),
                path: path.to_owned(),
                whose: self.whose.below(name),
            };
            run.all(parent, &start);
        }
        removed
    }

    /// `None`, and a failure, if the trash cannot be looked at.
    fn run<'r>(&self, removed: &'r mut Removed, path: &str) -> Option<Run<'r>>
    where
        'a: 'r,
    {
        let device = match rustix::fs::fstat(self.trash) {
            Ok(stat) => stat.st_dev,
            Err(error) => {
                removed.failures.push((path.to_owned(), error.into()));
                return None;
            }
        };
        Some(Run {
            with: self.clone(),
            device,
            moved: Vec::new(),
            listing: Vec::new(),
            whose: self.whose.clone(),
            removed,
        })
    }
}

/// A directory that was moved up into the trash to be emptied there.
struct Moved {
    name: CString,
    /// Where it stood.
    path: String,
    whose: Whose,
}

struct Run<'a> {
    with: Remover<'a>,
    device: u64,
    moved: Vec<Moved>,
    listing: Vec<u8>,
    /// Of what is being deleted.
    whose: Whose,
    removed: &'a mut Removed,
}

/// Why an entry was not deleted.
enum Standing {
    /// The system said no.
    Refused(Errno),
    /// Something in it stands, and has been reported.
    NotEmpty,
    /// There was no room in the trash for what is in it: it is to be tried again when what is there has gone.
    NoRoom,
}

impl From<Errno> for Standing {
    fn from(error: Errno) -> Standing {
        Standing::Refused(error)
    }
}

/// What became of an entry.
#[derive(PartialEq)]
enum Fate {
    Gone,
    Stands,
    NoRoom,
}

impl<'a> Run<'a> {
    /// Deletes `start` in `parent`, and all that came to be in the trash meanwhile.
    fn all(&mut self, parent: BorrowedFd<'_>, start: &Moved) {
        let mut before = None;
        loop {
            self.whose = start.whose.clone();
            let fate = self.entry(parent, &start.name, &start.path, false);
            self.all_moved();
            if fate != Fate::NoRoom {
                return;
            }
            // Deleting what did find room makes room; where nothing went, nothing will.
            if before == Some(self.removed.entries) {
                let path = start.path.clone();
                self.removed.failures.push((path, Errno::NOSPC.into()));
                return;
            }
            before = Some(self.removed.entries);
        }
    }

    fn all_moved(&mut self) {
        let mut before = None;
        while let Some(moved) = self.moved.pop() {
            let below = self.moved.len();
            let trash = self.with.trash;
            self.whose = moved.whose.clone();
            match self.entry(trash, &moved.name, &moved.path, true) {
                Fate::Gone => continue,
                // Under what did find room.
                Fate::NoRoom if before != Some(self.removed.entries) => {
                    before = Some(self.removed.entries);
                    self.moved.insert(below, moved);
                    continue;
                }
                Fate::NoRoom => {
                    let path = moved.path.clone();
                    self.removed.failures.push((path, Errno::NOSPC.into()));
                }
                Fate::Stands => {}
            }
            let name = moved.name.to_string_lossy().into_owned();
            let path = moved.path;
            self.removed.stuck.push(Stuck { name, path });
        }
    }

    /// Deletes an entry; `path` is what it is called in a failure.
    fn entry(&mut self, parent: BorrowedFd<'_>, name: &CStr, path: &str, in_trash: bool) -> Fate {
        let outcome = match rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::Directory => {
                if stat.st_dev == self.device {
                    self.directory(parent, name, path, in_trash)
                } else {
                    // Something is mounted there: it is not ours.
                    Err(Errno::XDEV.into())
                }
            }
            Ok(stat) => self.file(parent, name, &stat),
            Err(error) => Err(error.into()),
        };
        match outcome {
            Ok(()) | Err(Standing::Refused(Errno::NOENT)) => Fate::Gone,
            Err(Standing::Refused(error)) => {
                self.removed.failures.push((path.to_owned(), error.into()));
                Fate::Stands
            }
            Err(Standing::NotEmpty) => Fate::Stands,
            Err(Standing::NoRoom) => Fate::NoRoom,
        }
    }

    /// An entry was deleted: `stat` unless it was a directory.
    fn deleted(&mut self, stat: Option<&Stat>) {
        self.removed.entries += 1;
        match (self.with.budget, stat) {
            (Some(budget), Some(stat)) => self.removed.is_uncertain |= !budget.gone(&Found::new(stat)),
            (Some(budget), None) => budget.entry_gone(),
            (None, _) => {}
        }
        if let Some(progress) = self.with.progress {
            progress.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Anything but a directory.
    fn file(&mut self, parent: BorrowedFd<'_>, name: &CStr, stat: &Stat) -> Result<(), Standing> {
        rustix::fs::unlinkat(parent, name, AtFlags::empty())?;
        self.deleted(Some(stat));
        if stat.st_nlink == 1 && FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
            self.removed.bytes += u64::try_from(stat.st_size).unwrap_or(0);
        }
        Ok(())
    }

    /// A directory: its full subdirectories go up into the trash and onto the list.
    fn directory(&mut self, parent: BorrowedFd<'_>, name: &CStr, path: &str, in_trash: bool) -> Result<(), Standing> {
        for pass in 0..MAX_PASSES {
            match rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR) {
                Ok(()) => {
                    self.deleted(None);
                    return Ok(());
                }
                Err(Errno::NOTEMPTY | Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
            if pass == 1 && !in_trash && self.move_up(parent, name, path).is_ok() {
                // Somebody fills it while it is emptied: not by its path any more.
                return Ok(());
            }
            let dir = self.open(parent, name)?;
            if rustix::fs::fstat(&dir)?.st_dev != self.device {
                return Err(Errno::XDEV.into());
            }
            self.empty(&dir, path)?;
        }
        // Somebody fills it again and again.
        Err(Errno::NOTEMPTY.into())
    }

    /// Opens a directory, whose owner may have taken the permission for that away, such that its entries can be deleted.
    fn open(&self, parent: BorrowedFd<'_>, name: &CStr) -> Result<Opened<'a>, Errno> {
        let reserve = self.with.reserve;
        let dir = match reserve.open(|| dir::open(parent, name)) {
            Err(Errno::ACCESS) => {
                self.permit(parent, name)?;
                reserve.open(|| dir::open(parent, name))?
            }
            outcome => outcome?,
        };
        if !Mode::from_raw_mode(rustix::fs::fstat(&dir)?.st_mode).contains(Mode::RWXU) {
            // Where it is not allowed, its entries say so.
            let _ = rustix::fs::fchmod(&dir, Mode::RWXU);
        }
        Ok(dir)
    }

    /// Gives us all rights to a directory that cannot be opened for reading.
    fn permit(&self, parent: BorrowedFd<'_>, name: &CStr) -> Result<(), Errno> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let dir = self
            .with
            .reserve
            .open(|| rustix::fs::openat(parent, name, flags, Mode::empty()))?;
        // What is open cannot be swapped for a link; `fchmod` takes no such descriptor, and `fchmodat2` is of Linux 6.6.
        let path = format!("/proc/self/fd/{}", dir.as_fd().as_raw_fd());
        rustix::fs::chmod(path, Mode::RWXU)
    }

    /// Deletes what is in a directory, as far as it goes.
    fn empty(&mut self, dir: &Opened<'_>, path: &str) -> Result<(), Standing> {
        let mut listing = std::mem::take(&mut self.listing);
        listing.reserve(LISTING_BYTES);
        let mut all_gone = true;
        let mut has_room = true;
        let mut raw = RawDir::new(dir, listing.spare_capacity_mut());
        let outcome: Result<(), Errno> = loop {
            let entry = match raw.next() {
                None => break Ok(()),
                Some(Err(error)) => break Err(error),
                Some(Ok(entry)) => entry,
            };
            let child = entry.file_name();
            if child == c"." || child == c".." {
                continue;
            }
            let path = below(path, child);
            let fate = match entry.file_type() {
                FileType::Directory => self.child_directory(dir.as_fd(), child, &path),
                FileType::Unknown => self.entry_of_unknown_kind(dir.as_fd(), child, &path),
                _ => self.entry(dir.as_fd(), child, &path, false),
            };
            all_gone &= fate == Fate::Gone;
            has_room &= fate != Fate::NoRoom;
        };
        self.listing = listing;
        outcome?;
        match (all_gone, has_room) {
            (true, _) => Ok(()),
            (false, true) => Err(Standing::NotEmpty),
            (false, false) => Err(Standing::NoRoom),
        }
    }

    /// On a file system that does not tell what its entries are.
    fn entry_of_unknown_kind(&mut self, dir: BorrowedFd<'_>, name: &CStr, path: &str) -> Fate {
        match rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::Directory => {
                self.child_directory(dir, name, path)
            }
            _ => self.entry(dir, name, path, false),
        }
    }

    /// A directory in a directory that is being emptied.
    fn child_directory(&mut self, dir: BorrowedFd<'_>, name: &CStr, path: &str) -> Fate {
        let outcome = match rustix::fs::unlinkat(dir, name, AtFlags::REMOVEDIR) {
            Ok(()) => {
                self.deleted(None);
                Ok(())
            }
            Err(Errno::NOTEMPTY | Errno::EXIST) => self.move_up(dir, name, path),
            Err(error) => Err(error),
        };
        match outcome {
            Ok(()) | Err(Errno::NOENT) => Fate::Gone,
            Err(Errno::NOSPC | Errno::DQUOT) => Fate::NoRoom,
            Err(error) => {
                self.removed.failures.push((path.to_owned(), error.into()));
                Fate::Stands
            }
        }
    }

    /// Moves a directory into the trash, and onto the list.
    fn move_up(&mut self, dir: BorrowedFd<'_>, name: &CStr, path: &str) -> Result<(), Errno> {
        // Whose it was stays in its name.
        let whose = self.whose.below(name);
        let up = CString::new(whose.trash_name()).unwrap_or_default();
        let renamed = match rustix::fs::renameat(dir, name, self.with.trash, &up) {
            // A directory that moves is written to: it has another parent.
            Err(Errno::ACCESS) => {
                // If it is somebody else's, that it could not be moved says more.
                self.permit(dir, name).map_err(|_| Errno::ACCESS)?;
                rustix::fs::renameat(dir, name, self.with.trash, &up)
            }
            outcome => outcome,
        };
        renamed?;
        self.moved.push(Moved {
            name: up,
            path: path.to_owned(),
            whose,
        });
        Ok(())
    }
}

/// The path of what stands in the directory at `path`, without its middle if it is long: a tree may be so deep that all
/// of its paths together fill the memory.
fn below(path: &str, name: &CStr) -> String {
    let name = name.to_string_lossy();
    if path.len() + name.len() < LONGEST_PATH {
        return format!("{path}/{name}");
    }
    let first = path.split('/').next().unwrap_or_default();
    format!("{first}/…/{name}")
}
