//! Copies, for a `persist` to another file system.

use std::ffi::CStr;
use std::fs::File;
use std::io::Seek as _;
use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

use super::Failed;
use crate::{dir, look};

/// Copies all bytes of an open file, whose cursor nobody else needs, to an empty one and synchronizes them to disk.
///
/// # Errors
///
/// Those of the system.
pub(super) fn content(from: &File, to: &File) -> Result<(), Failed> {
    let mut from = from;
    from.rewind()?;
    std::io::copy(&mut from, &mut &*to)?;
    to.sync_data()?;
    Ok(())
}

/// What becomes of symbolic links in a tree that is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Links {
    /// They are copied as they are, within the space.
    Keep,
    /// They are not copied: outside of the space they could lead anywhere.
    LeaveOut,
}

/// Copies what is in the directory `from` into the empty directory `to`: files, directories, and links if they are kept. One
/// directory after the other, without recursion. Returns how many links were left out.
///
/// # Errors
///
/// `unsupported` for an entry of another kind, and those of the system.
pub(super) fn tree(from: BorrowedFd<'_>, to: BorrowedFd<'_>, links: Links) -> Result<u64, Failed> {
    let mut left_out = 0;
    let mut pending = vec![".".to_owned()];
    while let Some(below) = pending.pop() {
        // Name by name: others may put links where the copy is made, too.
        let (source, target) = (dir::open_beneath(from, &below)?, dir::open_beneath(to, &below)?);
        for (name, _) in look::list(&source)? {
            let stat = rustix::fs::statat(&source, &*name, AtFlags::SYMLINK_NOFOLLOW)?;
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::Directory => {
                    rustix::fs::mkdirat(&target, &*name, mode(&stat) | Mode::RWXU)?;
                    let name = name.to_str().map_err(|_| ErrorCode::IllegalByteSequence)?;
                    pending.push(format!("{below}/{name}"));
                }
                FileType::RegularFile => file(&source, &target, &name, &stat)?,
                FileType::Symlink if links == Links::LeaveOut => left_out += 1,
                FileType::Symlink => {
                    let leads_to = rustix::fs::readlinkat(&source, &*name, Vec::new())?;
                    rustix::fs::symlinkat(leads_to, &target, &*name)?;
                }
                _ => return Err(ErrorCode::Unsupported.into()),
            }
        }
    }
    Ok(left_out)
}

fn file(source: &OwnedFd, target: &OwnedFd, name: &CStr, stat: &Stat) -> Result<(), Failed> {
    let read = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let make = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let from = File::from(rustix::fs::openat(source, name, read, Mode::empty())?);
    let to = File::from(rustix::fs::openat(target, name, make, mode(stat))?);
    std::io::copy(&mut &from, &mut &to)?;
    to.sync_data()?;
    Ok(())
}

/// Permissions, without what would give somebody else's rights away.
fn mode(stat: &Stat) -> Mode {
    Mode::from_raw_mode(stat.st_mode) & (Mode::RWXU | Mode::RWXG | Mode::RWXO)
}

/// The errors of `link` and `rename` that say that it has to be a copy. `EPERM`: a file system without hard links.
pub(super) const NEEDED: [Errno; 4] = [Errno::XDEV, Errno::PERM, Errno::MLINK, Errno::OPNOTSUPP];
