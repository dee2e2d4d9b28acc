//! This process's part of a base: a locked file, and a directory beside it.

use std::fmt;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use wasmtime_wasi::filesystem::Dir;
use wasmtime_wasi::{FsPerms, OpenMode};

use super::reaper::Reaper;
use crate::budget::{BaseBudget, BaseLimits};
use crate::dir;
use crate::error::BaseError;
use crate::names;
use crate::outside::Made;
use crate::remove::Remover;
use crate::reserve::Reserve;
use crate::unnamed;

/// How often a lease is tried anew when somebody looked at its lock file before it was locked.
const MAX_TRIES: usize = 16;

/// The directories of a host.
pub(crate) const SPACES: &str = "spaces";
pub(super) const TRASH: &str = "trash";

const PLACEHOLDER: &str = "placeholder";
const LOCK_SUFFIX: &str = ".lock";

/// This process's part of a base.
pub(crate) struct Lease {
    path: PathBuf,
    base: OwnedFd,
    id: String,
    host: OwnedFd,
    spaces: OwnedFd,
    trash: OwnedFd,
    reserve: Reserve,
    budget: Arc<BaseBudget>,
    has_unnamed_files: OnceLock<bool>,
    /// One for instances that may not block their thread, one for those that may.
    placeholders: [Dir; 2],
    pub(super) reaper: Arc<Reaper>,
    /// Locked for as long as this lives.
    lock: File,
}

impl Lease {
    pub(super) fn take(base: OwnedFd, path: &Path, limits: BaseLimits) -> Result<Lease, BaseError> {
        let failed = |action| {
            move |error: Errno| BaseError::Io {
                action,
                path: path.to_owned(),
                source: error.into(),
            }
        };
        let (id, mut lock) = take_lock(&base, path)?;
        let cleared = |action| {
            let id = &id;
            let base = &base;
            move |error: Errno| {
                discard(base, id);
                failed(action)(error)
            }
        };
        lock.write_all(Holder::this_process().to_json().as_bytes())
            .map_err(|error| cleared("write a lease")(errno(&error)))?;
        let host = dir::make(&base, &id).map_err(cleared("create the host directory"))?;
        // systemd-tmpfiles leaves alone what is locked so. Where that is not possible nothing depends on it.
        let _ = rustix::fs::flock(&host, FlockOperation::NonBlockingLockShared);
        let _ = rustix::fs::flock(&base, FlockOperation::NonBlockingLockShared);
        let spaces = dir::make(&host, SPACES).map_err(cleared("create the spaces"))?;
        let trash = dir::make(&host, TRASH).map_err(cleared("create the trash"))?;
        let placeholder = dir::make(&host, PLACEHOLDER).map_err(cleared("create the placeholder"))?;
        let second = dir::open(&host, PLACEHOLDER).map_err(cleared("open the placeholder"))?;
        rustix::fs::unlinkat(&host, PLACEHOLDER, AtFlags::REMOVEDIR).map_err(cleared("remove the placeholder"))?;
        Ok(Lease {
            path: path.to_owned(),
            budget: Arc::new(BaseBudget::new(limits, &base)),
            has_unnamed_files: OnceLock::new(),
            reserve: Reserve::new(&base).map_err(cleared("keep descriptors back"))?,
            base,
            id,
            host,
            spaces,
            trash,
            placeholders: [placeholder_dir(placeholder, false), placeholder_dir(second, true)],
            reaper: Arc::default(),
            lock,
        })
    }

    /// What all spaces are charged together.
    pub(crate) fn budget(&self) -> &Arc<BaseBudget> {
        &self.budget
    }

    /// Makes a file that nobody sees, to find out what the system says of that.
    pub(crate) fn probe(&self) -> io::Result<()> {
        let name = names::random();
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        let made = rustix::fs::openat(&self.trash, &name, flags, Mode::from_raw_mode(0o600))?;
        let written = rustix::io::write(&made, &[0]);
        rustix::fs::unlinkat(&self.trash, &name, AtFlags::empty())?;
        written?;
        Ok(())
    }

    /// Whether the file system has files without a name that can be given one. Found out at the first call.
    pub(crate) fn has_unnamed_files(&self) -> bool {
        if let Some(has) = self.has_unnamed_files.get() {
            return *has;
        }
        match self.try_unnamed_file() {
            Ok(()) => *self.has_unnamed_files.get_or_init(|| true),
            // `ENOENT`: without `/proc` there is no way to it.
            Err(error) if unnamed::is_unsupported(error) || error == Errno::NOENT => {
                *self.has_unnamed_files.get_or_init(|| false)
            }
            // Who asked meets the same error, and it may be another one next time.
            Err(_) => true,
        }
    }

    /// From now on as on a file system that has none.
    #[cfg(test)]
    pub(crate) fn without_unnamed_files(&self) {
        let _ = self.has_unnamed_files.set(false);
    }

    fn try_unnamed_file(&self) -> rustix::io::Result<()> {
        let name = names::random();
        let file = File::from(unnamed::create(&self.trash)?);
        unnamed::link(&file, &self.trash, &name)?;
        rustix::fs::unlinkat(&self.trash, &name, AtFlags::empty())
    }

    /// Where the spaces are.
    pub(crate) fn spaces(&self) -> &OwnedFd {
        &self.spaces
    }

    /// Where goes what is deleted later, or cannot be deleted.
    pub(crate) fn trash(&self) -> &OwnedFd {
        &self.trash
    }

    /// Deletes by way of the trash.
    pub(crate) fn remover(&self) -> Remover<'_> {
        self.reserve.refill();
        Remover::new(&self.trash, &self.reserve)
    }

    /// Returns descriptors that are kept back, for deleting in a directory that is not of the base.
    pub(crate) fn reserve(&self) -> &Reserve {
        &self.reserve
    }

    /// The path by which the base was opened, for messages to the host's side.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The path of this host's directory.
    pub(crate) fn host_path(&self) -> PathBuf {
        self.path.join(&self.id)
    }

    pub(super) fn verify_keeping(&self, dir: &Path) -> io::Result<()> {
        let probe = names::random();
        // It may be a link to a directory.
        let to = rustix::fs::open(dir, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let made = Made::directory(&dir::make(&self.trash, &probe)?)?;
        match rustix::fs::renameat(&self.trash, &probe, &to, &probe) {
            Ok(()) => match made.take_back(&to, &probe).failures.pop() {
                Some((_, error)) => Err(error),
                None => Ok(()),
            },
            Err(error) => {
                rustix::fs::unlinkat(&self.trash, &probe, AtFlags::REMOVEDIR)?;
                Err(error.into())
            }
        }
    }

    /// The name of this host's directory.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// The base itself.
    pub(crate) fn base(&self) -> &OwnedFd {
        &self.base
    }

    /// The lock file: the lease lives for as long as anybody has it open.
    pub(super) fn lock(&self) -> &File {
        &self.lock
    }

    /// A directory that has been removed: whatever is tried in it, nothing is there and nothing can be made.
    ///
    /// It stands for a space that has not been used yet.
    pub(crate) fn placeholder(&self, allow_blocking: bool) -> &Dir {
        &self.placeholders[usize::from(allow_blocking)]
    }

    /// Takes the host directory away if it is empty. If residue is left in it, it stays, and so does the lock file:
    /// unlocked, it says that nobody is using them.
    pub(super) fn leave(&self) {
        for name in [SPACES, TRASH] {
            let _ = rustix::fs::unlinkat(&self.host, name, AtFlags::REMOVEDIR);
        }
        match rustix::fs::unlinkat(&self.base, self.id.as_str(), AtFlags::REMOVEDIR) {
            // Somebody else may have removed it.
            Ok(()) | Err(Errno::NOENT) => {
                let _ = rustix::fs::unlinkat(&self.base, lock_name(&self.id), AtFlags::empty());
            }
            Err(_) => {}
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("path", &self.path)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.leave();
    }
}

/// A lock file of our own, locked before the directory is made: there is never a directory without a lock that tells
/// whose it is.
fn take_lock(base: &OwnedFd, path: &Path) -> Result<(String, File), BaseError> {
    let failed = |source: Errno| BaseError::Lock {
        path: path.to_owned(),
        source: source.into(),
    };
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    for _ in 0..MAX_TRIES {
        let id = names::random();
        let lock = rustix::fs::openat(base, lock_name(&id), flags, Mode::from_raw_mode(0o600)).map_err(|source| {
            BaseError::Io {
                action: "create a lease",
                path: path.to_owned(),
                source: source.into(),
            }
        })?;
        let outcome = rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive);
        match outcome {
            Ok(()) if is_linked(&lock).map_err(failed)? => return Ok((id, lock.into())),
            // Between the two calls a sweep took it for a dead host's.
            Ok(()) | Err(Errno::WOULDBLOCK) => {
                let _ = rustix::fs::unlinkat(base, lock_name(&id), AtFlags::empty());
            }
            Err(error) => {
                let _ = rustix::fs::unlinkat(base, lock_name(&id), AtFlags::empty());
                return Err(failed(error));
            }
        }
    }
    Err(failed(Errno::WOULDBLOCK))
}

/// Whether the file still has its name: whoever deletes a lock file holds its lock.
pub(super) fn is_linked(lock: impl AsFd) -> rustix::io::Result<bool> {
    Ok(rustix::fs::fstat(lock)?.st_nlink > 0)
}

fn discard(base: &OwnedFd, id: &str) {
    for name in [PLACEHOLDER, TRASH, SPACES] {
        let _ = rustix::fs::unlinkat(base, format!("{id}/{name}"), AtFlags::REMOVEDIR);
    }
    let _ = rustix::fs::unlinkat(base, id, AtFlags::REMOVEDIR);
    let _ = rustix::fs::unlinkat(base, lock_name(id), AtFlags::empty());
}

pub(super) fn lock_name(id: &str) -> String {
    format!("{id}{LOCK_SUFFIX}")
}

/// Whose lock file `name` is.
pub(super) fn of_lock(name: &str) -> Option<&str> {
    name.strip_suffix(LOCK_SUFFIX).filter(|id| names::is_random(id))
}

fn placeholder_dir(dir: OwnedFd, allow_blocking: bool) -> Dir {
    let mode = OpenMode::READ | OpenMode::WRITE;
    Dir::new(File::from(dir), FsPerms::ReadWrite, mode, allow_blocking)
}

/// Who holds a lease, for people: nothing is decided by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Holder {
    /// The process, by the number that it has in its own name space.
    pub pid: u32,
    /// The name of its program.
    pub program: String,
    /// When it took the lease, in seconds since 1970.
    pub since_unix_seconds: u64,
}

impl Holder {
    fn this_process() -> Holder {
        let program = std::env::current_exe().unwrap_or_default();
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Holder {
            pid: std::process::id(),
            program: program.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            since_unix_seconds: since.map_or(0, |elapsed| elapsed.as_secs()),
        }
    }

    fn to_json(&self) -> String {
        format!("{}\n", serde_json::json!(self))
    }
}

fn errno(error: &io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::IO, Errno::from_raw_os_error)
}
