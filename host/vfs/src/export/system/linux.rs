//! Calls of Linux.

use super::{DIRECTORY_MODE, FILE_MODE};
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, RawMode, RenameFlags, Stat};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;

/// Permissions that keep everybody else out.
const PRIVATE_DIRECTORY_MODE: u16 = 0o700;

/// Identifies a file or directory of the host, as long as it is held open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::export) struct HostId {
    device: rustix::fs::Dev,
    inode: u64,
}

impl HostId {
    fn new(stat: &Stat) -> Self {
        Self {
            device: stat.st_dev,
            inode: stat.st_ino,
        }
    }
}

fn mode(bits: u16) -> Mode {
    Mode::from_bits_truncate(RawMode::from(bits))
}

/// Identifies an open file or directory.
pub(in crate::export) fn id(file: &File) -> io::Result<HostId> {
    Ok(HostId::new(&rustix::fs::fstat(file)?))
}

/// Identifies what has a name.
pub(in crate::export) fn id_at(directory: &File, name: &[u8]) -> io::Result<HostId> {
    Ok(HostId::new(&rustix::fs::statat(
        directory,
        name,
        AtFlags::SYMLINK_NOFOLLOW,
    )?))
}

/// Returns whether two open files are on the same file system, as far as one can tell before a link is tried.
pub(in crate::export) fn is_same_device(one: &File, other: &File) -> bool {
    matches!((id(one), id(other)), (Ok(one), Ok(other)) if one.device == other.device)
}

/// Makes a file that has no name. The mask of the process applies to its permissions.
pub(in crate::export) fn create_nameless(directory: &File, bits: u16) -> io::Result<File> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(directory, c".", flags, mode(bits))?.into())
}

/// Makes a file with a name that does not exist. The mask of the process applies to its permissions.
pub(in crate::export) fn create_named(directory: &File, name: &[u8], bits: u16) -> io::Result<File> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(directory, name, flags, mode(bits))?.into())
}

/// Gives a nameless file a name that does not exist.
pub(in crate::export) fn link_nameless(file: &File, directory: &File, name: &[u8]) -> io::Result<()> {
    let path = descriptor_path(file);
    Ok(rustix::fs::linkat(CWD, path, directory, name, AtFlags::SYMLINK_FOLLOW)?)
}

fn descriptor_path(file: &File) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

/// Gives a file another name that does not exist.
pub(in crate::export) fn link(from: &File, old: &[u8], to: &File, new: &[u8]) -> io::Result<()> {
    Ok(rustix::fs::linkat(from, old, to, new, AtFlags::empty())?)
}

/// Returns whether a link failed because it cannot be made, so that a copy may help. `ENOENT` comes for a nameless file whose link was
/// taken back, and where there is no `/proc`.
pub(in crate::export) fn is_unlinkable(error: &io::Error) -> bool {
    let codes = [
        Errno::XDEV,
        Errno::PERM,
        Errno::OPNOTSUPP,
        Errno::MLINK,
        Errno::NOENT,
        Errno::NOSYS,
        Errno::INVAL,
    ];
    error.kind() == io::ErrorKind::Unsupported || Errno::from_io_error(error).is_some_and(|code| codes.contains(&code))
}

/// Returns whether a file without a name could not be made because the file system has none. `EPERM` and `ENOENT` come for a directory
/// that was removed, and then the next attempt tells so.
pub(in crate::export) fn is_without_nameless(error: &io::Error) -> bool {
    let codes = [
        Errno::OPNOTSUPP,
        Errno::ISDIR,
        Errno::INVAL,
        Errno::NOSYS,
        Errno::PERM,
        Errno::NOENT,
    ];
    error.kind() == io::ErrorKind::Unsupported || Errno::from_io_error(error).is_some_and(|code| codes.contains(&code))
}

/// Renames within a directory, to a name that does not exist.
pub(in crate::export) fn rename_new(directory: &File, from: &[u8], to: &[u8]) -> io::Result<()> {
    match rename_noreplace(directory, from, to) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "the file system cannot rename without replacing",
        )),
        renamed => Ok(renamed?),
    }
}

fn rename_noreplace(directory: &File, from: &[u8], to: &[u8]) -> rustix::io::Result<()> {
    rustix::fs::renameat_with(directory, from, directory, to, RenameFlags::NOREPLACE)
}

/// Renames within a directory, and replaces a file or link that has the new name.
pub(in crate::export) fn rename_over(directory: &File, from: &[u8], to: &[u8]) -> io::Result<()> {
    Ok(rustix::fs::renameat(directory, from, directory, to)?)
}

/// Deletes a name of a file or link.
pub(in crate::export) fn unlink(directory: &File, name: &[u8]) -> io::Result<()> {
    Ok(rustix::fs::unlinkat(directory, name, AtFlags::empty())?)
}

/// Deletes an empty directory.
pub(in crate::export) fn remove_directory(directory: &File, name: &[u8]) -> io::Result<()> {
    Ok(rustix::fs::unlinkat(directory, name, AtFlags::REMOVEDIR)?)
}

/// Makes a directory. The mask of the process applies to its permissions.
pub(in crate::export) fn make_directory(directory: &File, name: &[u8], bits: u16) -> io::Result<()> {
    Ok(rustix::fs::mkdirat(directory, name, mode(bits))?)
}

/// Opens a directory, or the directory above with the name `..`.
pub(in crate::export) fn open_directory(directory: &File, name: &[u8]) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(directory, name, flags, Mode::empty())?.into())
}

/// Makes a directory that nobody else may use, and opens it.
///
/// No call does both. A directory that somebody put in its place in between is refused.
pub(in crate::export) fn make_private_directory(directory: &File, name: &[u8]) -> io::Result<File> {
    make_directory(directory, name, PRIVATE_DIRECTORY_MODE)?;
    let opened = open_directory(directory, name)?;
    let stat = rustix::fs::fstat(&opened)?;
    let is_private = !Mode::from_raw_mode(stat.st_mode).intersects(Mode::RWXG | Mode::RWXO);
    if !is_private || stat.st_uid != rustix::process::geteuid().as_raw() {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the new directory was replaced",
        ));
    }
    Ok(opened)
}

/// Makes a symbolic link.
pub(in crate::export) fn symlink(target: &[u8], directory: &File, name: &[u8]) -> io::Result<()> {
    Ok(rustix::fs::symlinkat(target, directory, name)?)
}

/// Lists at most a number of names in a directory, and whether each is a directory.
pub(in crate::export) fn list(directory: &File, max: usize) -> io::Result<Vec<(Vec<u8>, bool)>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if matches!(name, b"." | b"..") {
            continue;
        }
        let kind = match entry.file_type() {
            FileType::Unknown => {
                let stat = rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?;
                FileType::from_raw_mode(stat.st_mode)
            }
            kind => kind,
        };
        names.push((name.to_vec(), kind == FileType::Directory));
        if names.len() == max {
            break;
        }
    }
    Ok(names)
}

/// Gives a file the permissions that a new file in a directory gets.
pub(in crate::export) fn open_file_mode(file: &File, directory: &File) -> io::Result<()> {
    Ok(rustix::fs::fchmod(file, masked(directory, FILE_MODE)?)?)
}

/// Gives a directory the permissions that a new directory in it gets. It keeps the group's bit that it inherited.
pub(in crate::export) fn open_directory_mode(directory: &File) -> io::Result<()> {
    let inherited = Mode::from_raw_mode(rustix::fs::fstat(directory)?.st_mode) & Mode::SGID;
    Ok(rustix::fs::fchmod(
        directory,
        masked(directory, DIRECTORY_MODE)? | inherited,
    )?)
}

/// Applies the mask of the process. No call reads the mask without changing it, so the mode of a new nameless file tells, or else the
/// system's information about the process.
fn masked(directory: &File, bits: u16) -> io::Result<Mode> {
    if let Ok(probe) = create_nameless(directory, bits) {
        return Ok(Mode::from_raw_mode(rustix::fs::fstat(&probe)?.st_mode) & mode(bits));
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("Umask:"))
        .and_then(|mask| u16::from_str_radix(mask.trim(), 8).ok());
    mask.map(|mask| mode(bits & !mask))
        .ok_or_else(|| io::Error::new(io::ErrorKind::Unsupported, "the mask of the process is unknown"))
}

/// Fails if a file may not have a size. A write beyond that limit would send a signal that kills the process.
pub(in crate::export) fn check_size(size: u64) -> io::Result<()> {
    match rustix::process::getrlimit(rustix::process::Resource::Fsize).current {
        Some(limit) if size > limit => Err(Errno::FBIG.into()),
        _ => Ok(()),
    }
}

/// Returns the first range of an open file, at or after an offset, that is no hole. Returns `None` if there is none.
pub(in crate::export) fn next_data(file: &File, offset: u64, size: u64) -> io::Result<Option<(u64, u64)>> {
    use rustix::fs::SeekFrom;
    let start = match rustix::fs::seek(file, SeekFrom::Data(offset)) {
        Ok(start) => start,
        Err(Errno::NXIO) => return Ok(None),
        Err(_) => return Ok((offset < size).then_some((offset, size))),
    };
    let end = rustix::fs::seek(file, SeekFrom::Hole(start)).unwrap_or(size).min(size);
    Ok((start < end).then_some((start, end)))
}

/// Copies a range between files within the system. Returns the number of bytes that were copied, or `None` if that is not possible for
/// these files.
pub(in crate::export) fn copy_range(from: &File, to: &File, offset: u64, length: usize) -> io::Result<Option<usize>> {
    let (mut read_at, mut write_at) = (offset, offset);
    match rustix::fs::copy_file_range(from, Some(&mut read_at), to, Some(&mut write_at), length) {
        Ok(0) => Ok(None),
        Ok(copied) => Ok(Some(copied)),
        Err(Errno::XDEV | Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::PERM | Errno::IO) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Writes all data at an offset.
pub(in crate::export) fn write_at(file: &File, data: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, data, offset)
}

/// Opens a file again for reading only, with a position of its own.
pub(in crate::export) fn reopen(file: &File) -> io::Result<File> {
    File::open(descriptor_path(file))
}

/// Makes an empty file in memory.
pub(in crate::export) fn create_in_memory() -> io::Result<File> {
    use rustix::fs::MemfdFlags;
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    Ok(rustix::fs::memfd_create(c"scratch", flags)?.into())
}

/// Forbids every later change of a file in memory.
pub(in crate::export) fn seal(file: &File) -> io::Result<()> {
    use rustix::fs::SealFlags;
    let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
    Ok(rustix::fs::fcntl_add_seals(file, seals)?)
}
