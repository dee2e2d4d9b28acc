//! The base: the directory on the host under which everything lives, and this process's part of it.
//!
//! ```text
//! BASE/                     0700, ours, not a link
//!   layout                  the version of this layout, in one line
//!   ID.lock                 a lease: flocked while its host lives; who and since when, as JSON
//!   ID/                     the host directory of that lease
//!     spaces/NAME/          one space
//!     trash/NAME            what is deleted later, or cannot be
//! ```
//!
//! The lock alone says whether a host lives: never a process id, never an age.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use rustix::fs::{AtFlags, FileType, FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use wasmtime_wasi::filesystem::Dir;
use wasmtime_wasi::{FsPerms, OpenMode};

use crate::error::BaseError;
use crate::names;
use crate::space::{Label, Space};

/// What the layout file says.
const LAYOUT: &str = "scratch base, layout 1\n";

/// The name of the layout file.
const LAYOUT_NAME: &str = "layout";

/// A layout file longer than this is not one of ours.
const LAYOUT_MAX_BYTES: u64 = 128;

/// An open base: makes spaces.
///
/// Opening takes a lease: a directory of this process's own in the base, and a locked file beside it. The lease ends
/// when the last clone of the `Base` and the last [`Space`] made from it are gone; what was left under it then, or when
/// the process was killed, is out of every program's reach.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let somewhere = tempfile::tempdir()?;
/// # let path = somewhere.path().join("scratch");
/// let base = wasmtime_scratch::Base::open(&path)?;
/// let space = base.space(None);
/// assert_eq!(space.end().receipt.entries_left, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Base {
    lease: Arc<Lease>,
}

impl Base {
    /// Opens the base at `path`, making it first (mode 0700, parents included) if nothing is there.
    ///
    /// # Errors
    ///
    /// A [`BaseError`] that says what is wrong and how to mend it, if `path` is a symbolic link, not a directory, not
    /// ours, open to others, full of somebody's files, of an unknown layout, or on a file system without `flock`.
    pub fn open(path: impl AsRef<Path>) -> Result<Base, BaseError> {
        // Without a slash at the end, behind which the system would follow a link.
        let path: &Path = &path.as_ref().components().collect::<PathBuf>();
        make(path)?;
        let dir = open_verified(path)?;
        verify_layout(&dir, path)?;
        Ok(Base {
            lease: Arc::new(Lease::take(dir, path)?),
        })
    }

    /// A new space under `label`. Makes no system call: the space's directory is made on first use.
    pub fn space(&self, label: Option<Label>) -> Space {
        Space::new(Arc::clone(&self.lease), label)
    }

    /// Gives the lease back now, if every space has ended, rather than when the last reference to it goes: a call of the
    /// kernel that never returns may hold one for ever.
    ///
    /// No space of this base can be used after that.
    pub fn close(self) {
        self.lease.leave();
    }

    /// The path by which the base was opened.
    pub fn path(&self) -> &Path {
        &self.lease.path
    }
}

/// This process's part of a base.
pub(crate) struct Lease {
    path: PathBuf,
    base: OwnedFd,
    id: String,
    host: OwnedFd,
    spaces: OwnedFd,
    trash: OwnedFd,
    /// One for instances that may not block their thread, one for those that may.
    placeholders: [Dir; 2],
    /// Locked for as long as this lives.
    _lock: File,
}

impl Lease {
    fn take(base: OwnedFd, path: &Path) -> Result<Lease, BaseError> {
        let failed = |action| {
            move |error: Errno| BaseError::Io {
                action,
                path: path.to_owned(),
                source: error.into(),
            }
        };
        let id = names::random();
        // Locked before the directory is made: there is never a directory without a lock that tells whose it is.
        let lock = rustix::fs::openat(
            &base,
            lock_name(&id),
            OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
            Mode::from_raw_mode(0o600),
        )
        .map_err(failed("create a lease"))?;
        rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|error| {
            let _ = rustix::fs::unlinkat(&base, lock_name(&id), AtFlags::empty());
            BaseError::Lock {
                path: path.to_owned(),
                source: error.into(),
            }
        })?;
        let mut lock = File::from(lock);
        let cleared = |action| {
            let id = &id;
            let base = &base;
            move |error: Errno| {
                discard(base, id);
                failed(action)(error)
            }
        };
        lock.write_all(lease_record().as_bytes())
            .map_err(|error| cleared("write a lease")(errno(&error)))?;
        let host = make_dir(&base, &id).map_err(cleared("create the host directory"))?;
        let spaces = make_dir(&host, "spaces").map_err(cleared("create the spaces"))?;
        let trash = make_dir(&host, "trash").map_err(cleared("create the trash"))?;
        let placeholder = make_dir(&host, "placeholder").map_err(cleared("create the placeholder"))?;
        let second = open_dir(&host, "placeholder").map_err(cleared("open the placeholder"))?;
        rustix::fs::unlinkat(&host, "placeholder", AtFlags::REMOVEDIR).map_err(cleared("remove the placeholder"))?;
        Ok(Lease {
            path: path.to_owned(),
            base,
            id,
            host,
            spaces,
            trash,
            placeholders: [placeholder_dir(placeholder, false), placeholder_dir(second, true)],
            _lock: lock,
        })
    }

    /// Where the spaces are.
    pub(crate) fn spaces(&self) -> &OwnedFd {
        &self.spaces
    }

    /// Where what cannot be deleted goes.
    pub(crate) fn trash(&self) -> &OwnedFd {
        &self.trash
    }

    /// The path by which the base was opened, for messages to the host's side.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The base itself.
    pub(crate) fn base(&self) -> &OwnedFd {
        &self.base
    }

    /// A directory that has been removed: whatever is tried in it, nothing is there and nothing can be made.
    ///
    /// It stands for a space that has not been used yet.
    pub(crate) fn placeholder(&self, allow_blocking: bool) -> &Dir {
        &self.placeholders[usize::from(allow_blocking)]
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

impl Lease {
    /// Takes the host directory away if it is empty. If residue is left in it, it stays, and so does the lock file:
    /// unlocked, it says that nobody is using them.
    fn leave(&self) {
        for name in ["spaces", "trash"] {
            let _ = rustix::fs::unlinkat(&self.host, name, AtFlags::REMOVEDIR);
        }
        if rustix::fs::unlinkat(&self.base, self.id.as_str(), AtFlags::REMOVEDIR).is_ok() {
            let _ = rustix::fs::unlinkat(&self.base, lock_name(&self.id), AtFlags::empty());
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.leave();
    }
}

fn discard(base: &OwnedFd, id: &str) {
    for name in ["placeholder", "trash", "spaces", "."] {
        let _ = match name {
            "." => rustix::fs::unlinkat(base, id, AtFlags::REMOVEDIR),
            name => rustix::fs::unlinkat(base, format!("{id}/{name}"), AtFlags::REMOVEDIR),
        };
    }
    let _ = rustix::fs::unlinkat(base, lock_name(id), AtFlags::empty());
}

fn lock_name(id: &str) -> String {
    format!("{id}.lock")
}

fn placeholder_dir(dir: OwnedFd, allow_blocking: bool) -> Dir {
    let mode = OpenMode::READ | OpenMode::WRITE;
    Dir::new(File::from(dir), FsPerms::ReadWrite, mode, allow_blocking)
}

/// Who holds the lease, for people: nothing is decided by it.
fn lease_record() -> String {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs());
    format!(
        "{}\n",
        serde_json::json!({ "pid": std::process::id(), "since_unix_seconds": since })
    )
}

/// Makes a directory for us alone and opens it.
fn make_dir(parent: impl AsFd, name: &str) -> rustix::io::Result<OwnedFd> {
    rustix::fs::mkdirat(&parent, name, Mode::RWXU)?;
    open_dir(parent, name)
}

pub(crate) fn open_dir(parent: impl AsFd, name: &str) -> rustix::io::Result<OwnedFd> {
    rustix::fs::openat(
        parent,
        name,
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
        Mode::empty(),
    )
}

fn errno(error: &io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::IO, Errno::from_raw_os_error)
}

fn make(path: &Path) -> Result<(), BaseError> {
    use std::os::unix::fs::DirBuilderExt as _;
    if path.symlink_metadata().is_ok() {
        return Ok(());
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| BaseError::Create {
            path: path.to_owned(),
            source,
        })
}

fn open_verified(path: &Path) -> Result<OwnedFd, BaseError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let io_error = |error: Errno| BaseError::Io {
        action: "open the directory",
        path: path.to_owned(),
        source: error.into(),
    };
    let dir = rustix::fs::open(path, flags, Mode::empty()).map_err(|error| match error {
        // Linux says NOTDIR for a link as well when a directory is asked for.
        Errno::LOOP | Errno::NOTDIR if path.is_symlink() => BaseError::SymbolicLink { path: path.to_owned() },
        Errno::NOTDIR => BaseError::NotADirectory { path: path.to_owned() },
        error => io_error(error),
    })?;
    let stat = rustix::fs::fstat(&dir).map_err(io_error)?;
    let user = rustix::process::geteuid().as_raw();
    if stat.st_uid != user {
        return Err(BaseError::NotOurs {
            path: path.to_owned(),
            owner: stat.st_uid,
            user,
        });
    }
    let mode = Mode::from_raw_mode(stat.st_mode);
    if mode.intersects(Mode::RWXG | Mode::RWXO) {
        return Err(BaseError::OpenToOthers {
            path: path.to_owned(),
            mode: mode.as_raw_mode(),
        });
    }
    Ok(dir)
}

/// Reads the layout file, or writes it where the directory is empty.
fn verify_layout(dir: &OwnedFd, path: &Path) -> Result<(), BaseError> {
    let io_error = |action| {
        move |source: io::Error| BaseError::Io {
            action,
            path: path.to_owned(),
            source,
        }
    };
    let read = || read_layout(dir).map_err(io_error("read the layout file"));
    let mut found = read()?;
    if found.is_none() {
        match foreign_entry(dir).map_err(io_error("list the directory"))? {
            None => write_layout(dir).map_err(io_error("write the layout file"))?,
            // With a layout by now, it is the lease of a host that made a base of the directory since we looked.
            Some(entry) if read()?.is_none() => {
                return Err(BaseError::Foreign {
                    path: path.to_owned(),
                    entry,
                });
            }
            Some(_) => {}
        }
        found = read()?;
    }
    match found.unwrap_or_default() {
        found if found == LAYOUT => Ok(()),
        found => Err(BaseError::UnknownLayout {
            path: path.to_owned(),
            found,
            known: LAYOUT,
        }),
    }
}

fn read_layout(dir: &OwnedFd) -> io::Result<Option<String>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match rustix::fs::openat(dir, LAYOUT_NAME, flags, Mode::empty()) {
        Ok(file) => {
            let mut bytes = Vec::new();
            File::from(file).take(LAYOUT_MAX_BYTES).read_to_end(&mut bytes)?;
            Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
        }
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn foreign_entry(dir: &OwnedFd) -> io::Result<Option<String>> {
    for entry in rustix::fs::Dir::read_from(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let ours = name == "." || name == ".." || is_unfinished_layout(&name);
        if !ours || entry.file_type() == FileType::Directory && !name.starts_with('.') {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// What a host that was killed in [`write_layout`] left.
fn is_unfinished_layout(name: &str) -> bool {
    let random = name.strip_prefix(LAYOUT_NAME).and_then(|rest| rest.strip_prefix('.'));
    random.is_some_and(names::is_random)
}

/// Writes the layout file beside its place and links it in: nobody reads half of it, and of two hosts one writes it.
fn write_layout(dir: &OwnedFd) -> io::Result<()> {
    let beside = format!("{LAYOUT_NAME}.{}", names::random());
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(dir, &beside, flags, Mode::from_raw_mode(0o600))?;
    let written = File::from(file).write_all(LAYOUT.as_bytes());
    let linked = written.and_then(
        |()| match rustix::fs::linkat(dir, &beside, dir, LAYOUT_NAME, AtFlags::empty()) {
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(error) => Err(error.into()),
        },
    );
    rustix::fs::unlinkat(dir, &beside, AtFlags::empty())?;
    linked
}
