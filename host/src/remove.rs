//! The only code that deletes: by (directory descriptor, name), without following a link, without recursion.
//!
//! A directory that is not empty is emptied into the trash: what is itself a full directory is renamed up into the
//! trash under a fresh name and put on a list, so a tree of any depth costs three descriptors and no stack. Errors do
//! not stop it: it goes on with the rest and hands all of them back.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{AtFlags, FileType, Stat};
use rustix::io::Errno;

use crate::look::{list, openat_dir};
use crate::names;

/// How often a directory that fills again while it is being emptied is emptied before it is given up.
const MAX_PASSES: usize = 16;

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
}

/// A directory that stands in the trash because something in it could not be deleted.
#[derive(Debug)]
pub(crate) struct Stuck {
    /// Its name there.
    pub(crate) name: String,
    /// Where it stood.
    pub(crate) path: String,
}

/// Deletes whatever stands under `name` in `parent`, if anything does.
///
/// `trash` is a directory on the same file system that nobody else looks into.
pub(crate) fn remove(parent: impl AsFd, name: &str, trash: impl AsFd) -> Removed {
    remove_as(parent, name, name, trash)
}

/// As [`remove`], with `path` as what the entry is called in a failure.
pub(crate) fn remove_as(parent: impl AsFd, name: &str, path: &str, trash: impl AsFd) -> Removed {
    let mut removed = Removed::default();
    let Ok(start) = CString::new(name) else {
        return removed;
    };
    let device = match rustix::fs::fstat(&trash) {
        Ok(stat) => stat.st_dev,
        Err(error) => {
            removed.failures.push((path.to_owned(), error.into()));
            return removed;
        }
    };
    let mut run = Run {
        trash: trash.as_fd(),
        device,
        moved: Vec::new(),
        removed: &mut removed,
    };
    run.entry(parent.as_fd(), &start, path);
    while let Some(Moved { name, path }) = run.moved.pop() {
        let trash = run.trash;
        if !run.entry(trash, &name, &path) {
            let name = name.to_string_lossy().into_owned();
            run.removed.stuck.push(Stuck { name, path });
        }
    }
    removed
}

/// Deletes a file, or a directory with nothing in it: what may have become somebody else's meanwhile stays.
pub(crate) fn remove_empty(parent: impl AsFd, name: &str) -> Removed {
    let mut removed = Removed::default();
    let file = rustix::fs::unlinkat(&parent, name, AtFlags::empty());
    let outcome = match file {
        Err(Errno::ISDIR | Errno::PERM) => rustix::fs::unlinkat(&parent, name, AtFlags::REMOVEDIR),
        outcome => outcome,
    };
    match outcome {
        Ok(()) => removed.entries = 1,
        Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST) => {}
        Err(error) => removed.failures.push((name.to_owned(), error.into())),
    }
    removed
}

/// A directory that was moved up into the trash to be emptied there.
struct Moved {
    name: CString,
    /// Where it stood.
    path: String,
}

struct Run<'a> {
    trash: BorrowedFd<'a>,
    device: u64,
    moved: Vec<Moved>,
    removed: &'a mut Removed,
}

/// Why a directory was not deleted.
enum Standing {
    /// The system said no.
    Refused(Errno),
    /// Something in it stands, and has been reported.
    NotEmpty,
}

impl From<Errno> for Standing {
    fn from(error: Errno) -> Standing {
        Standing::Refused(error)
    }
}

impl Run<'_> {
    /// Deletes an entry; `path` is what it is called in a failure. Whether it is gone.
    fn entry(&mut self, parent: BorrowedFd<'_>, name: &CStr, path: &str) -> bool {
        let outcome = match rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::Directory => {
                self.directory(parent, name, path)
            }
            Ok(stat) => self.file(parent, name, &stat),
            Err(error) => Err(error.into()),
        };
        match outcome {
            Ok(()) | Err(Standing::Refused(Errno::NOENT)) => true,
            Err(Standing::Refused(error)) => {
                self.removed.failures.push((path.to_owned(), error.into()));
                false
            }
            Err(Standing::NotEmpty) => false,
        }
    }

    /// Anything but a directory.
    fn file(&mut self, parent: BorrowedFd<'_>, name: &CStr, stat: &Stat) -> Result<(), Standing> {
        rustix::fs::unlinkat(parent, name, AtFlags::empty())?;
        self.removed.entries += 1;
        if stat.st_nlink == 1 && FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
            self.removed.bytes += u64::try_from(stat.st_size).unwrap_or(0);
        }
        Ok(())
    }

    /// A directory: its full subdirectories go up into the trash and onto the list.
    fn directory(&mut self, parent: BorrowedFd<'_>, name: &CStr, path: &str) -> Result<(), Standing> {
        for _ in 0..MAX_PASSES {
            match rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR) {
                Ok(()) => {
                    self.removed.entries += 1;
                    return Ok(());
                }
                Err(Errno::NOTEMPTY | Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
            let dir = openat_dir(parent, name)?;
            if rustix::fs::fstat(&dir)?.st_dev != self.device {
                // Something is mounted there: it is not ours.
                return Err(Errno::XDEV.into());
            }
            let mut all_gone = true;
            for (child, kind) in list(&dir)? {
                let path = format!("{path}/{}", child.to_string_lossy());
                all_gone &= match kind {
                    FileType::Directory => self.child_directory(dir.as_fd(), &child, &path),
                    _ => self.entry(dir.as_fd(), &child, &path),
                };
            }
            if !all_gone {
                return Err(Standing::NotEmpty);
            }
        }
        // Somebody fills it again and again.
        Err(Errno::NOTEMPTY.into())
    }

    /// A directory in a directory that is being emptied. Whether it is out of the way.
    fn child_directory(&mut self, dir: BorrowedFd<'_>, name: &CStr, path: &str) -> bool {
        let outcome = match rustix::fs::unlinkat(dir, name, AtFlags::REMOVEDIR) {
            Ok(()) => {
                self.removed.entries += 1;
                Ok(())
            }
            Err(Errno::NOTEMPTY | Errno::EXIST) => {
                let up = CString::new(names::random()).unwrap_or_default();
                rustix::fs::renameat(dir, name, self.trash, &up).map(|()| {
                    self.moved.push(Moved {
                        name: up,
                        path: path.to_owned(),
                    });
                })
            }
            Err(error) => Err(error),
        };
        match outcome {
            Ok(()) | Err(Errno::NOENT) => true,
            Err(error) => {
                self.removed.failures.push((path.to_owned(), error.into()));
                false
            }
        }
    }
}
