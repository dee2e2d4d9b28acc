//! The only code that deletes: by (directory descriptor, name), without following a link, without recursion.
//!
//! A directory that is not empty is emptied into the trash: what is itself a full directory is renamed up into the
//! trash under a fresh name and put on a list, so a tree of any depth costs three descriptors and no stack. Errors do
//! not stop it: it goes on with the rest and hands all of them back.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawDir, Stat};
use rustix::io::Errno;

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
    /// What could not be deleted, by name, and why.
    pub(crate) failures: Vec<(String, io::Error)>,
}

/// Deletes whatever stands under `name` in `parent`, if anything does.
///
/// `trash` is a directory on the same file system that nobody else looks into.
pub(crate) fn remove(parent: impl AsFd, name: &str, trash: impl AsFd) -> Removed {
    let mut removed = Removed::default();
    let Ok(name) = CString::new(name) else {
        return removed;
    };
    let mut run = Run {
        trash: trash.as_fd(),
        moved: Vec::new(),
        removed: &mut removed,
    };
    run.entry(parent.as_fd(), &name);
    while let Some(next) = run.moved.pop() {
        let trash = run.trash;
        run.entry(trash, &next);
    }
    removed
}

/// Whether anything stands under the relative path `path`, no part of which may be a link.
///
/// # Errors
///
/// Any error of the system but "there is nothing".
pub(crate) fn exists(root: impl AsFd, path: &str) -> io::Result<bool> {
    let found = match path.rsplit_once('/') {
        None => stat(root.as_fd(), path),
        Some((dir, name)) => open_beneath(root.as_fd(), dir).and_then(|dir| stat(dir.as_fd(), name)),
    };
    match found {
        Ok(_) => Ok(true),
        // A link or a file where a directory was: what stood below it stands there no more.
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Opens the directory at the relative path `path`, no part of which may be a link.
pub(crate) fn open_beneath(root: BorrowedFd<'_>, path: &str) -> rustix::io::Result<OwnedFd> {
    let mut parts = path.split('/');
    let mut dir = open_dir(root, parts.next().unwrap_or("."))?;
    for part in parts {
        dir = open_dir(dir.as_fd(), part)?;
    }
    Ok(dir)
}

/// Counts what stands in the directory `name` of `parent`, the directory itself included; 0 when there is none.
///
/// Goes at most 64 levels deep: it counts what a removal left, which is nothing or very little.
pub(crate) fn count(parent: impl AsFd, name: &str) -> io::Result<u64> {
    match stat(parent.as_fd(), name) {
        Ok(_) => {}
        Err(Errno::NOENT) => return Ok(0),
        Err(error) => return Err(error.into()),
    }
    let mut total = 1;
    let mut open = vec![open_dir(parent.as_fd(), name)?];
    while let Some(dir) = open.pop() {
        for (name, kind) in list(&dir)? {
            total += 1;
            if kind == FileType::Directory
                && open.len() < 64
                && let Ok(below) = openat_dir(dir.as_fd(), &name)
            {
                open.push(below);
            }
        }
    }
    Ok(total)
}

struct Run<'a> {
    trash: BorrowedFd<'a>,
    moved: Vec<CString>,
    removed: &'a mut Removed,
}

impl Run<'_> {
    fn entry(&mut self, parent: BorrowedFd<'_>, name: &CStr) {
        let outcome = match rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::Directory => {
                self.directory(parent, name, &stat)
            }
            Ok(stat) => rustix::fs::unlinkat(parent, name, AtFlags::empty()).map(|()| {
                self.removed.entries += 1;
                if stat.st_nlink == 1 && FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
                    self.removed.bytes += u64::try_from(stat.st_size).unwrap_or(0);
                }
            }),
            Err(error) => Err(error),
        };
        match outcome {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(error) => self.fail(name, error),
        }
    }

    /// Deletes a directory; its full subdirectories go up into the trash and onto the list.
    fn directory(&mut self, parent: BorrowedFd<'_>, name: &CStr, stat: &Stat) -> rustix::io::Result<()> {
        for _ in 0..MAX_PASSES {
            match rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR) {
                Ok(()) => {
                    self.removed.entries += 1;
                    return Ok(());
                }
                Err(Errno::NOTEMPTY | Errno::EXIST) => {}
                Err(error) => return Err(error),
            }
            let dir = openat_dir(parent, name)?;
            if rustix::fs::fstat(&dir)?.st_dev != stat.st_dev {
                // Something is mounted there: it is not ours.
                return Err(Errno::XDEV);
            }
            let before = self.removed.failures.len();
            for (child, kind) in list(&dir)? {
                if kind == FileType::Directory {
                    self.child_directory(dir.as_fd(), &child);
                } else {
                    self.entry(dir.as_fd(), &child);
                }
            }
            if self.removed.failures.len() > before {
                return Err(Errno::NOTEMPTY);
            }
        }
        Err(Errno::NOTEMPTY)
    }

    fn child_directory(&mut self, dir: BorrowedFd<'_>, name: &CStr) {
        match rustix::fs::unlinkat(dir, name, AtFlags::REMOVEDIR) {
            Ok(()) => self.removed.entries += 1,
            Err(Errno::NOENT) => {}
            Err(Errno::NOTEMPTY | Errno::EXIST) => {
                let up = CString::new(names::random()).unwrap_or_default();
                match rustix::fs::renameat(dir, name, self.trash, &up) {
                    Ok(()) => self.moved.push(up),
                    Err(Errno::NOENT) => {}
                    Err(error) => self.fail(name, error),
                }
            }
            Err(error) => self.fail(name, error),
        }
    }

    fn fail(&mut self, name: &CStr, error: Errno) {
        let name = name.to_string_lossy().into_owned();
        self.removed.failures.push((name, error.into()));
    }
}

fn stat(dir: BorrowedFd<'_>, name: &str) -> rustix::io::Result<Stat> {
    rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)
}

fn open_dir(dir: BorrowedFd<'_>, name: &str) -> rustix::io::Result<OwnedFd> {
    rustix::fs::openat(dir, name, dir_flags(), Mode::empty())
}

fn openat_dir(dir: BorrowedFd<'_>, name: &CStr) -> rustix::io::Result<OwnedFd> {
    rustix::fs::openat(dir, name, dir_flags(), Mode::empty())
}

fn dir_flags() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC
}

/// The entries of a directory, without `.` and `..`.
fn list(dir: &OwnedFd) -> rustix::io::Result<Vec<(CString, FileType)>> {
    let mut buffer = Vec::with_capacity(32 * 1024);
    let mut entries = Vec::new();
    let mut raw = RawDir::new(dir, buffer.spare_capacity_mut());
    while let Some(entry) = raw.next() {
        let entry = entry?;
        let name = entry.file_name();
        if name == c"." || name == c".." {
            continue;
        }
        let kind = match entry.file_type() {
            FileType::Unknown => {
                let stat = rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)?;
                FileType::from_raw_mode(stat.st_mode)
            }
            kind => kind,
        };
        entries.push((name.to_owned(), kind));
    }
    Ok(entries)
}
