//! Looks at what stands in a directory, by descriptor and name, without following a link; changes nothing.

use std::collections::HashSet;
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{AtFlags, FileType, RawDir, Stat};
use rustix::io::Errno;

use crate::dir;

/// Whether anything stands under the relative path `path`, no part of which may be a link.
///
/// # Errors
///
/// Any error of the system but "there is nothing".
pub(crate) fn exists(root: impl AsFd, path: &str) -> io::Result<bool> {
    let found = match path.rsplit_once('/') {
        None => stat(root.as_fd(), path),
        Some((dir, name)) => dir::open_beneath(root.as_fd(), dir).and_then(|dir| stat(dir.as_fd(), name)),
    };
    match found {
        Ok(_) => Ok(true),
        // A link or a file where a directory was: what stood below it stands there no more.
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Counts what stands under `name` in `parent`: the entry itself and all that is below it; 0 when there is none.
///
/// # Errors
///
/// If it cannot be looked at. Directories below it that cannot be listed count as one entry each.
pub(crate) fn count(parent: impl AsFd, name: &str) -> io::Result<u64> {
    match stat(parent.as_fd(), name) {
        Ok(_) => {}
        Err(Errno::NOENT) => return Ok(0),
        Err(error) => return Err(error.into()),
    }
    let mut total = 1;
    walk(parent.as_fd(), name, |_, _| total += 1);
    Ok(total)
}

/// Calls `visit` with the path and the kind of everything below the directory `name` in `parent`. What cannot be listed has nothing
/// below it.
///
/// Paths rather than descriptors: what is looked at may be deep, but it is little.
pub(crate) fn walk(parent: BorrowedFd<'_>, name: &str, mut visit: impl FnMut(&str, FileType)) {
    let mut below = vec![name.to_owned()];
    while let Some(path) = below.pop() {
        let Ok(entries) = dir::open_beneath(parent, &path).and_then(|dir| list(&dir)) else {
            continue;
        };
        for (name, kind) in entries {
            let path = format!("{path}/{}", name.to_string_lossy());
            visit(&path, kind);
            if kind == FileType::Directory && name.to_str().is_ok() {
                below.push(path);
            }
        }
    }
}

/// So many levels down, [`size`] looks at directories. A path is opened from the top for each of them, and a program
/// may nest without end.
pub(crate) const DEEPEST: usize = 256;

/// How much something is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Itself and all that is below it.
    pub(crate) entries: u64,
    /// File sizes, each inode once.
    pub(crate) bytes: u64,
    /// Whether all of it could be looked at.
    pub(crate) is_whole: bool,
}

/// How much stands under `name` in `parent`. What goes meanwhile may be counted or not.
pub(crate) fn size(parent: BorrowedFd<'_>, name: &CStr) -> Size {
    size_and_files(parent, name, |_| {})
}

/// The same, and calls `visit` with every regular file, once for each of its names.
pub(crate) fn size_and_files(parent: BorrowedFd<'_>, name: &CStr, mut visit: impl FnMut(&Stat)) -> Size {
    let mut size = Size {
        entries: 1,
        bytes: 0,
        is_whole: true,
    };
    let mut linked = HashSet::new();
    let mut below = vec![(name.to_owned(), 1)];
    match rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::Directory => {}
        Ok(stat) => {
            size.bytes = bytes_of(&stat, &mut linked);
            below.clear();
        }
        Err(_) => below.clear(),
    }
    while let Some((path, depth)) = below.pop() {
        let opened = path
            .to_str()
            .map_err(|_| Errno::ILSEQ)
            .and_then(|path| dir::open_beneath(parent, path));
        let Ok((dir, entries)) = opened.and_then(|dir| list(&dir).map(|entries| (dir, entries))) else {
            size.is_whole = false;
            continue;
        };
        for (name, kind) in entries {
            size.entries += 1;
            if kind != FileType::Directory {
                let Ok(stat) = rustix::fs::statat(&dir, &*name, AtFlags::SYMLINK_NOFOLLOW) else {
                    continue;
                };
                size.bytes += bytes_of(&stat, &mut linked);
                if kind == FileType::RegularFile {
                    visit(&stat);
                }
            } else if depth < DEEPEST {
                let path = [path.as_bytes(), b"/", name.as_bytes()].concat();
                below.push((CString::new(path).unwrap_or_default(), depth + 1));
            } else {
                size.is_whole = false;
            }
        }
    }
    size
}

/// The size of a regular file that was not met before.
fn bytes_of(stat: &Stat, linked: &mut HashSet<u64>) -> u64 {
    let is_file = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    let is_new = stat.st_nlink == 1 || linked.insert(stat.st_ino);
    match is_file && is_new {
        true => u64::try_from(stat.st_size).unwrap_or(0),
        false => 0,
    }
}

/// Calls `visit` with every symbolic link below the directory `dir`, however deep, and returns how many there are. The links
/// may be deleted by `visit`.
///
/// # Errors
///
/// Those of `visit`, and of whatever cannot be looked at: there may be a link in it. `ESTALE` if a directory is moved
/// meanwhile.
pub(crate) fn for_each_link(
    dir: BorrowedFd<'_>,
    mut visit: impl FnMut(BorrowedFd<'_>, &CStr) -> rustix::io::Result<()>,
) -> rustix::io::Result<u64> {
    let mut links = 0;
    let mut directories_in = |dir: BorrowedFd<'_>| -> rustix::io::Result<Vec<CString>> {
        let mut directories = Vec::new();
        for (name, kind) in list(dir)? {
            match kind {
                FileType::Symlink => {
                    visit(dir, &name)?;
                    links += 1;
                }
                FileType::Directory => directories.push(name),
                _ => {}
            }
        }
        Ok(directories)
    };
    let id = |dir: BorrowedFd<'_>| rustix::fs::fstat(dir).map(|stat| (stat.st_dev, stat.st_ino));
    let mut current = dir::open(dir, c".")?;
    let mut pending = directories_in(current.as_fd())?;
    // The way back up, by `..`, so that a tree of any depth costs two descriptors and no long paths.
    let mut above = Vec::new();
    loop {
        if let Some(name) = pending.pop() {
            let below = dir::open(&current, &name)?;
            above.push((id(current.as_fd())?, pending));
            current = below;
            pending = directories_in(current.as_fd())?;
        } else if let Some((around, rest)) = above.pop() {
            current = dir::open(&current, c"..")?;
            if id(current.as_fd())? != around {
                return Err(Errno::STALE);
            }
            pending = rest;
        } else {
            break;
        }
    }
    Ok(links)
}

/// How many levels stand below the directory `name` in `parent`: 0 for an empty one, and for what is none. More than
/// `most` are not counted.
pub(crate) fn height(parent: BorrowedFd<'_>, name: &CStr, most: u64) -> u64 {
    let mut height = 0;
    let mut below = vec![(name.to_owned(), 0)];
    while let Some((path, depth)) = below.pop() {
        let opened = path.to_str().map_err(|_| Errno::ILSEQ);
        let Ok(entries) = opened
            .and_then(|path| dir::open_beneath(parent, path))
            .and_then(|dir| list(&dir))
        else {
            continue;
        };
        if !entries.is_empty() {
            height = height.max(depth + 1);
        }
        if height > most {
            break;
        }
        for (name, kind) in entries {
            if kind == FileType::Directory {
                let path = [path.as_bytes(), b"/", name.as_bytes()].concat();
                below.push((CString::new(path).unwrap_or_default(), depth + 1));
            }
        }
    }
    height
}

/// How far `dir` is below `root`, going up from it; `None` if it is not within `most` levels, or cannot be told.
pub(crate) fn depth(root: BorrowedFd<'_>, dir: BorrowedFd<'_>, most: u64) -> Option<u64> {
    let is_root = |dir: BorrowedFd<'_>| {
        let (root, dir) = (rustix::fs::fstat(root).ok()?, rustix::fs::fstat(dir).ok()?);
        Some((root.st_dev, root.st_ino) == (dir.st_dev, dir.st_ino))
    };
    if is_root(dir)? {
        return Some(0);
    }
    let mut above = dir::open(dir, c"..").ok()?;
    for depth in 1..=most {
        if is_root(above.as_fd())? {
            return Some(depth);
        }
        above = dir::open(above.as_fd(), c"..").ok()?;
    }
    None
}

fn stat(dir: BorrowedFd<'_>, name: &str) -> rustix::io::Result<Stat> {
    rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)
}

/// The entries of a directory, without `.` and `..`.
pub(crate) fn list(dir: impl AsFd) -> rustix::io::Result<Vec<(CString, FileType)>> {
    let mut buffer = Vec::with_capacity(32 * 1024);
    let mut entries = Vec::new();
    let mut raw = RawDir::new(&dir, buffer.spare_capacity_mut());
    while let Some(entry) = raw.next() {
        let entry = entry?;
        let name = entry.file_name();
        if name == c"." || name == c".." {
            continue;
        }
        let kind = match entry.file_type() {
            FileType::Unknown => {
                let stat = rustix::fs::statat(&dir, name, AtFlags::SYMLINK_NOFOLLOW)?;
                FileType::from_raw_mode(stat.st_mode)
            }
            kind => kind,
        };
        entries.push((name.to_owned(), kind));
    }
    Ok(entries)
}
