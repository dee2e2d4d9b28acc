//! The base: the directory on the host under which everything lives, and this process's part of it.
//!
//! ```text
//! BASE/                     0700, ours, not a link
//!   layout                  the version of this layout, in one line
//!   ID.lock                 a lease: flocked while its host lives; who and since when, as JSON
//!   ID/                     the host directory of that lease
//!     spaces/NAME/          one space; a label, if it has one, is a part of its name
//!     trash/NAME            what is deleted later, or cannot be
//! ```
//!
//! The lock alone says whether a host lives: never a process id, never an age.

mod claim;
mod lease;
mod listing;
mod reaper;
mod verify;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

pub use self::lease::Holder;
pub(crate) use self::lease::{Lease, SPACES};
pub use self::listing::{Listed, Listing, State};
pub use self::reaper::Swept;
use crate::budget::{BaseLimits, Counters, Limits};
use crate::error::BaseError;
use crate::label::Label;
use crate::space::Space;

/// An open base: makes spaces.
///
/// Opening takes a lease: a directory of this process's own in the base, and a locked file beside it. The lease ends
/// when the last clone of the `Base` and the last [`Space`] made from it are gone, and what was to be removed in the
/// background is removed. What is left under it when the process is killed is out of every program's reach.
///
/// Opening also takes over what dead hosts left in the base: it is moved out of the way, one rename for each host, and
/// removed in the background. [`drain`](Base::drain) waits for that. Hosts that live are never touched, however many
/// there are on one base.
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
        Base::open_within(path, BaseLimits::default())
    }

    /// As [`open`](Base::open), with limits for all spaces together.
    ///
    /// # Errors
    ///
    /// As [`open`](Base::open).
    pub fn open_within(path: impl AsRef<Path>, limits: BaseLimits) -> Result<Base, BaseError> {
        let path = &verify::plain(path.as_ref());
        verify::make(path)?;
        let dir = verify::open_verified(path)?;
        verify::verify_layout(&dir, path)?;
        let lease = Arc::new(Lease::take(dir, path, limits)?);
        let claimed = claim::claim(&lease).map_err(|source| BaseError::Io {
            action: "look for what dead hosts left",
            path: path.to_owned(),
            source: source.into(),
        })?;
        for (entry, error) in claimed.failures {
            lease.is_residue(entry, error.to_string());
        }
        lease.reap_hosts(claimed.hosts);
        Ok(Base { lease })
    }

    /// What is in the base at `path`, without opening it, taking a lease or changing anything; `None` if nothing is
    /// there.
    ///
    /// # Errors
    ///
    /// As [`open`](Base::open), and if what is there cannot be looked at.
    pub fn list(path: impl AsRef<Path>) -> Result<Option<Listing>, BaseError> {
        let path = &verify::plain(path.as_ref());
        if path
            .symlink_metadata()
            .is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
        {
            return Ok(None);
        }
        let dir = verify::open_verified(path)?;
        verify::has_layout(&dir, path)?;
        let listing = listing::list(&dir).map_err(|source| BaseError::Io {
            action: "list what is there",
            path: path.to_owned(),
            source: source.into(),
        })?;
        Ok(Some(listing))
    }

    /// A new space under `label`, with the default [`Limits`]. Makes no system call: the space's directory is made on first
    /// use.
    pub fn space(&self, label: Option<Label>) -> Space {
        self.space_within(label, Limits::default())
    }

    /// A new space under `label`, with limits of its own.
    pub fn space_within(&self, label: Option<Label>, limits: Limits) -> Space {
        Space::new(Arc::clone(&self.lease), label, limits)
    }

    /// What happened since the base was opened, and what is there now, for all spaces together.
    pub fn counters(&self) -> Counters {
        self.lease.budget().counters()
    }

    /// Finds out whether [`Space::end_keeping`] can move something to `dir`, by moving an empty directory there and removing
    /// it.
    ///
    /// # Errors
    ///
    /// What the system says of that: `CrossesDevices` if `dir` is on another file system than the base.
    pub fn verify_keeping(&self, dir: &Path) -> std::io::Result<()> {
        self.lease.verify_keeping(dir)
    }

    /// Waits until everything is removed that dead hosts left, and every space that was dropped without being ended.
    ///
    /// Blocks the thread, for as long as that takes.
    pub fn drain(&self) -> Swept {
        self.lease.drain()
    }

    /// As [`drain`](Base::drain), on tokio's blocking pool.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, and if that is shut down meanwhile.
    pub async fn drain_async(&self) -> Swept {
        let lease = Arc::clone(&self.lease);
        match tokio::task::spawn_blocking(move || lease.drain()).await {
            Ok(swept) => swept,
            Err(failed) => match failed.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => panic!("the runtime is being shut down"),
            },
        }
    }

    /// How many entries were removed in the background since the base was opened, for a display of progress.
    pub fn reaped(&self) -> u64 {
        self.lease.reaped()
    }

    /// Gives the lease back now, if every space has ended, rather than when the last reference to it goes: a call of the
    /// kernel that never returns may hold one for ever.
    ///
    /// No space of this base can be used after that. What is still being removed in the background stays under the lease,
    /// unless the process lives on: for the next host.
    pub fn close(self) {
        self.lease.leave();
    }

    /// The path by which the base was opened.
    pub fn path(&self) -> &Path {
        self.lease.path()
    }

    /// The locked file. Who inherits it, such as a child process that works in a [space's directory](Space::dir), keeps
    /// the lease alive after this process: what is under it is not swept before both have ended.
    pub fn lock(&self) -> &File {
        self.lease.lock()
    }
}
