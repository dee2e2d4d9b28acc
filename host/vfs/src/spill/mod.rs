//! The spill directory, in which nameless files take the contents that outgrow memory.

mod floor;
mod nameless;
mod system;

pub use self::floor::Reserve;
pub(crate) use self::nameless::{NamelessFile, Purpose};
#[cfg(test)]
pub(crate) use self::system::Faults;
pub(crate) use self::system::{is_out_of_descriptors, max_file_size};

use self::floor::Floor;
use self::nameless::Descriptors;
use self::system::{Directory, Medium};
use crate::machine::Machine;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// A directory on disk for contents that outgrow memory.
///
/// Files in it never have a name. So nobody can list or open them, and the system deletes them with the process, however the process
/// ends. The directory belongs to a budget that has none above it: see [`Budget::with_spill`](crate::Budget::with_spill). A clone is
/// the same directory.
///
/// | system | nameless files | free space | blocks of deleted contents |
/// | --- | --- | --- | --- |
/// | Linux | `O_TMPFILE`; on file systems without it, created and unlinked at once, so that a kill in between may leave one empty file | watched | freed while the file is in use |
/// | other Unix systems | created and unlinked at once | watched | freed when the file is truncated or closed |
/// | Windows | deleted on close | not watched: writing fails when the disk is full | freed when the file is truncated or closed |
#[derive(Clone, Debug)]
pub struct SpillDirectory(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    candidates: Vec<PathBuf>,
    opened: OnceLock<Option<UsableDirectory>>,
    floor: Floor,
    descriptors: Descriptors,
}

/// A directory that was found usable.
#[derive(Debug)]
struct UsableDirectory {
    directory: Directory,
    medium: Medium,
}

/// Describes why a directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the spill directory `{}` cannot be used: {source}", path.display())]
pub struct SpillError {
    /// The directory.
    path: PathBuf,
    /// The reason.
    source: io::Error,
}

impl SpillError {
    /// Returns the directory.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Describes why nothing could be written to disk.
#[derive(Debug)]
pub(crate) enum Shortage {
    /// The file system has no room above the floor.
    Floor,
    /// All descriptors are in use.
    Descriptors,
    /// The system refused.
    System(io::Error),
}

impl From<io::Error> for Shortage {
    fn from(error: io::Error) -> Self {
        if is_out_of_descriptors(&error) {
            Self::Descriptors
        } else {
            Self::System(error)
        }
    }
}

impl SpillDirectory {
    /// Starts to describe a spill directory.
    pub fn builder() -> SpillDirectoryBuilder {
        SpillDirectoryBuilder {
            reserve: Reserve::default(),
            descriptors: Machine::detect().descriptor_share(),
        }
    }

    /// Uses this directory.
    ///
    /// It may be on any file system. On one that keeps files in memory, such as tmpfs, contents are charged as memory to the budget that
    /// owns the directory.
    ///
    /// # Errors
    ///
    /// Fails if the directory does not exist, is no directory, or if no file can be made in it.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, SpillError> {
        Self::builder().open(path)
    }

    /// Uses the first directory of `/var/tmp` and the system's temporary directory that is on a local disk and that files can be made
    /// in. It is looked for when the first content outgrows memory. If there is none, contents stay in memory, which is logged once.
    pub fn automatic() -> Self {
        Self::builder().automatic()
    }

    fn opened(&self) -> Option<&UsableDirectory> {
        self.0
            .opened
            .get_or_init(|| {
                let found = self.0.candidates.iter().find_map(|path| {
                    let opened = UsableDirectory::open(path).ok()?;
                    (opened.medium == Medium::Disk).then_some((path, opened))
                });
                match found {
                    Some((path, opened)) => {
                        tracing::debug!(directory = %path.display(), "contents that outgrow memory go to disk");
                        Some(opened)
                    }
                    None => {
                        tracing::warn!("no directory on a local disk can be written to, so contents stay in memory");
                        None
                    }
                }
            })
            .as_ref()
    }

    /// Returns whether there is a directory to use.
    pub(crate) fn is_usable(&self) -> bool {
        self.opened().is_some()
    }

    /// Returns whether files in it take the memory of the machine.
    pub(crate) fn is_memory(&self) -> bool {
        self.opened().is_some_and(|opened| opened.medium == Medium::Memory)
    }

    /// Makes a nameless file.
    pub(crate) fn create(&self, purpose: Purpose) -> Result<NamelessFile, Shortage> {
        let opened = self.opened().ok_or(Shortage::Floor)?;
        let taken = self.0.descriptors.take(purpose).ok_or(Shortage::Descriptors)?;
        let (file, can_be_linked) = opened.directory.create_nameless()?;
        Ok(NamelessFile::new(file, can_be_linked, taken))
    }

    /// Takes room for bytes that are about to be written.
    pub(crate) fn take(&self, bytes: u64) -> Result<(), Shortage> {
        let opened = self.opened().ok_or(Shortage::Floor)?;
        if self.0.floor.take(bytes, || opened.directory.free())? {
            Ok(())
        } else {
            Err(Shortage::Floor)
        }
    }
}

impl UsableDirectory {
    /// Opens a directory, and makes sure that files can be made in it.
    fn open(path: &Path) -> io::Result<Self> {
        let directory = Directory::open(path)?;
        let medium = directory.medium()?;
        drop(directory.create_nameless()?);
        Ok(Self { directory, medium })
    }
}

/// Describes a [`SpillDirectory`].
#[derive(Clone, Debug)]
#[must_use]
pub struct SpillDirectoryBuilder {
    reserve: Reserve,
    descriptors: Option<u64>,
}

impl SpillDirectoryBuilder {
    /// Sets the free space that contents leave to everybody else. The default is a tenth of the file system.
    pub fn reserve(mut self, reserve: Reserve) -> Self {
        self.reserve = reserve;
        self
    }

    /// Limits the descriptors that nameless files take. The default is [`Machine::descriptor_share`]. Files with a content of their own
    /// take at most half of them, and at most 64 for each space; contents beyond share a file.
    pub fn descriptors(mut self, limit: impl Into<Option<u64>>) -> Self {
        self.descriptors = limit.into();
        self
    }

    /// Uses a directory, as [`SpillDirectory::open`] does.
    ///
    /// # Errors
    ///
    /// Those of [`SpillDirectory::open`].
    pub fn open(self, path: impl Into<PathBuf>) -> Result<SpillDirectory, SpillError> {
        let path = path.into();
        match UsableDirectory::open(&path) {
            Ok(opened) => Ok(self.build(OnceLock::from(Some(opened)), Vec::new())),
            Err(source) => Err(SpillError { path, source }),
        }
    }

    /// Looks for a directory when it is needed, as [`SpillDirectory::automatic`] does.
    pub fn automatic(self) -> SpillDirectory {
        let mut candidates = Vec::new();
        if cfg!(unix) {
            candidates.push(PathBuf::from("/var/tmp"));
        }
        candidates.push(std::env::temp_dir());
        self.build(OnceLock::new(), candidates)
    }

    fn build(self, opened: OnceLock<Option<UsableDirectory>>, candidates: Vec<PathBuf>) -> SpillDirectory {
        SpillDirectory(Arc::new(Shared {
            candidates,
            opened,
            floor: Floor::new(self.reserve),
            descriptors: Descriptors::new(self.descriptors),
        }))
    }
}
