//! What dead hosts left: a lock file that nobody holds says so, and nothing else does.

use std::os::fd::{AsFd as _, OwnedFd};

use rustix::fs::{AtFlags, FileType, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use super::lease::{self, Lease, is_linked, lock_name};
use super::verify::is_unfinished_layout;
use crate::look;

/// What was put out of reach.
#[derive(Debug, Default)]
pub(super) struct Claimed {
    /// The names of the dead hosts' directories in our trash.
    pub(super) hosts: Vec<String>,
    /// What could not be moved there, and why.
    pub(super) failures: Vec<(String, Errno)>,
}

/// Moves what dead hosts left in the base into the trash of `lease`: one rename each, however much it is.
///
/// From then on it is this host's: killed in the middle of it, it leaves it to the next.
pub(super) fn claim(lease: &Lease) -> rustix::io::Result<Claimed> {
    let mut claimed = Claimed::default();
    for (name, _) in look::list(lease.base())? {
        let Ok(name) = name.to_str() else { continue };
        if is_unfinished_layout(name) {
            // There is a layout, or we would not be here.
            let _ = rustix::fs::unlinkat(lease.base(), name, AtFlags::empty());
        }
        let Some(id) = lease::of_lock(name).filter(|id| *id != lease.id()) else {
            continue;
        };
        match claim_one(lease, id) {
            Ok(true) => claimed.hosts.push(trash_name(id)),
            Ok(false) => {}
            Err(error) => claimed.failures.push((id.to_owned(), error)),
        }
    }
    Ok(claimed)
}

/// Whether the host was dead and had left something.
fn claim_one(lease: &Lease, id: &str) -> rustix::io::Result<bool> {
    let Some(lock) = Lock::open(lease.base(), id)? else {
        return Ok(false);
    };
    if !lock.take()? {
        return Ok(false);
    }
    let moved = match rustix::fs::renameat(lease.base(), id, lease.trash(), trash_name(id)) {
        Ok(()) => true,
        // Killed before it made one, or after we moved it.
        Err(Errno::NOENT) => false,
        Err(error) => return Err(error),
    };
    match rustix::fs::unlinkat(lease.base(), lock_name(id), AtFlags::empty()) {
        // A host that was about to lock it has seen that we did, and takes another.
        Ok(()) | Err(Errno::NOENT) => Ok(moved),
        Err(error) => Err(error),
    }
}

/// What a dead host's directory is called in our trash. No program's name for anything there.
fn trash_name(id: &str) -> String {
    format!("host-{id}")
}

/// Somebody's lock file, open.
pub(super) struct Lock(OwnedFd);

impl Lock {
    /// `None` if it has gone, or is nothing of ours.
    pub(super) fn open(base: &OwnedFd, id: &str) -> rustix::io::Result<Option<Lock>> {
        // Whatever it is, opening it does nothing to it and waits for nobody.
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let lock = match rustix::fs::openat(base, lock_name(id), flags, Mode::empty()) {
            Ok(lock) => lock,
            Err(Errno::NOENT | Errno::LOOP | Errno::ISDIR | Errno::NXIO) => return Ok(None),
            Err(error) => return Err(error),
        };
        let kind = FileType::from_raw_mode(rustix::fs::fstat(&lock)?.st_mode);
        Ok((kind == FileType::RegularFile).then_some(Lock(lock)))
    }

    /// Whether it is ours now, and stands: its holder is dead.
    fn take(&self) -> rustix::io::Result<bool> {
        match rustix::fs::flock(&self.0, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => is_linked(&self.0),
            Err(Errno::WOULDBLOCK) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether its holder lives. Shared, and for a moment: others who look do not disturb one another.
    pub(super) fn is_held(&self) -> rustix::io::Result<bool> {
        match rustix::fs::flock(&self.0, FlockOperation::NonBlockingLockShared) {
            Ok(()) => rustix::fs::flock(&self.0, FlockOperation::Unlock).map(|()| false),
            Err(Errno::WOULDBLOCK) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// What it says.
    pub(super) fn read(&self) -> Vec<u8> {
        /// More than any that we write.
        const LONGEST: usize = 4096;
        let mut bytes = vec![0; LONGEST];
        let read = rustix::io::pread(self.0.as_fd(), &mut bytes[..], 0).unwrap_or(0);
        bytes.truncate(read);
        bytes
    }
}
