//! Limits, and the builder that makes them.

use std::fmt;

/// The limits of a space, or of a budget that several spaces share. `None` means no limit.
///
/// | limit | counts | error beyond it |
/// | --- | --- | --- |
/// | [`bytes`](Limits::bytes) | sizes of files, including holes and unlinked files that are open; each inode counts once | [`InsufficientSpace`](crate::Error::InsufficientSpace) |
/// | [`file_bytes`](Limits::file_bytes) | the size of one file | [`FileTooLarge`](crate::Error::FileTooLarge) |
/// | [`entries`](Limits::entries) | names, and inodes without a name | [`InsufficientSpace`](crate::Error::InsufficientSpace) |
/// | [`open_files`](Limits::open_files) | descriptors and listings | [`Quota`](crate::Error::Quota) |
/// | [`memory`](Limits::memory) | contents in memory, by capacity; targets of symbolic links | [`InsufficientSpace`](crate::Error::InsufficientSpace) |
/// | [`file_memory`](Limits::file_memory) | memory of one file; a larger file moves to disk | none |
///
/// [`Limits::default`] suits one request to a service. It allows 64 MiB, 1,024 entries, 64 open files, and 4 MiB of memory,
/// of which one file gets 1 MiB. [`Limits::none`] has no limits.
///
/// # Examples
///
/// ```
/// use scratch_vfs::Limits;
///
/// let limits = Limits::builder().bytes(1 << 20).entries(None).build()?;
/// assert_eq!(limits.bytes(), Some(1 << 20));
/// assert_eq!(limits.entries(), None);
///
/// let error = Limits::builder().bytes(10).file_bytes(11).build().unwrap_err();
/// assert_eq!(error.to_string(), "the limit on the bytes of one file (11) is above the limit on all bytes (10)");
/// # Ok::<(), scratch_vfs::LimitsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    bytes: Option<u64>,
    file_bytes: Option<u64>,
    entries: Option<u64>,
    open_files: Option<u64>,
    memory: Option<u64>,
    file_memory: Option<u64>,
}

impl Limits {
    /// Returns limits that allow everything.
    pub const fn none() -> Self {
        Self {
            bytes: None,
            file_bytes: None,
            entries: None,
            open_files: None,
            memory: None,
            file_memory: None,
        }
    }

    /// Returns limits that bound memory and nothing else.
    pub(crate) const fn memory_only(memory: Option<u64>) -> Self {
        Self { memory, ..Self::none() }
    }

    /// Returns a builder that starts from [`Limits::default`].
    pub fn builder() -> LimitsBuilder {
        Self::default().to_builder()
    }

    /// Returns a builder that starts from these limits.
    pub fn to_builder(self) -> LimitsBuilder {
        LimitsBuilder {
            limits: self,
            file_bytes_set: false,
            file_memory_set: false,
        }
    }

    /// Returns the limit on all bytes.
    pub fn bytes(&self) -> Option<u64> {
        self.bytes
    }

    /// Returns the limit on the bytes of one file. Without it, only the limit on all bytes applies to a file.
    pub fn file_bytes(&self) -> Option<u64> {
        self.file_bytes
    }

    /// Returns the limit on entries.
    pub fn entries(&self) -> Option<u64> {
        self.entries
    }

    /// Returns the limit on open descriptors and listings.
    pub fn open_files(&self) -> Option<u64> {
        self.open_files
    }

    /// Returns the limit on memory.
    pub fn memory(&self) -> Option<u64> {
        self.memory
    }

    /// Returns the memory beyond which one file moves to disk. It has no effect below a budget without a spill directory.
    pub fn file_memory(&self) -> Option<u64> {
        self.file_memory
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: Some(64 << 20),
            file_bytes: None,
            entries: Some(1_024),
            open_files: Some(64),
            memory: Some(4 << 20),
            file_memory: Some(1 << 20),
        }
    }
}

/// Builds [`Limits`]. Each method takes a number, or `None` for no limit.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct LimitsBuilder {
    limits: Limits,
    file_bytes_set: bool,
    file_memory_set: bool,
}

impl LimitsBuilder {
    /// Limits the sizes of all files together.
    pub fn bytes(mut self, limit: impl Into<Option<u64>>) -> Self {
        self.limits.bytes = limit.into();
        self
    }

    /// Limits the size of each file.
    pub fn file_bytes(mut self, limit: impl Into<Option<u64>>) -> Self {
        self.limits.file_bytes = limit.into();
        self.file_bytes_set = true;
        self
    }

    /// Limits the number of entries.
    pub fn entries(mut self, limit: impl Into<Option<u64>>) -> Self {
        self.limits.entries = limit.into();
        self
    }

    /// Limits the descriptors and listings that are open at once.
    pub fn open_files(mut self, limit: impl Into<Option<u64>>) -> Self {
        self.limits.open_files = limit.into();
        self
    }

    /// Limits the memory of all contents and link targets together.
    pub fn memory(mut self, limit: impl Into<Option<u64>>) -> Self {
        self.limits.memory = limit.into();
        self
    }

    /// Sets the memory beyond which one file moves to disk.
    pub fn file_memory(mut self, limit: impl Into<Option<u64>>) -> Self {
        self.limits.file_memory = limit.into();
        self.file_memory_set = true;
        self
    }

    /// Returns the limits. A limit on one file that was not set here is lowered to the limit on all files.
    ///
    /// # Errors
    ///
    /// Fails if a limit on one file was set above the limit on all files.
    pub fn build(self) -> Result<Limits, LimitsError> {
        let mut limits = self.limits;
        limits.file_bytes = check(
            limits.file_bytes,
            limits.bytes,
            self.file_bytes_set,
            Limit::FileBytes,
            Limit::Bytes,
        )?;
        limits.file_memory = check(
            limits.file_memory,
            limits.memory,
            self.file_memory_set,
            Limit::FileMemory,
            Limit::Memory,
        )?;
        Ok(limits)
    }
}

fn check(
    one: Option<u64>,
    all: Option<u64>,
    is_set: bool,
    one_limit: Limit,
    all_limit: Limit,
) -> Result<Option<u64>, LimitsError> {
    match (one, all) {
        (Some(one), Some(all)) if one > all && is_set => Err(LimitsError::Contradiction {
            higher: one_limit,
            higher_value: one,
            lower: all_limit,
            lower_value: all,
        }),
        (Some(one), Some(all)) => Ok(Some(one.min(all))),
        (one, _) => Ok(one),
    }
}

/// Names a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Limit {
    /// Sizes of all files together.
    Bytes,
    /// The size of one file.
    FileBytes,
    /// Entries.
    Entries,
    /// Open descriptors and listings.
    OpenFiles,
    /// Memory of contents and link targets.
    Memory,
    /// Memory of one file.
    FileMemory,
}

impl Limit {
    /// All limits that can refuse a request, in the order in which reports list them.
    pub const REFUSING: [Self; 5] = [
        Self::Bytes,
        Self::FileBytes,
        Self::Entries,
        Self::OpenFiles,
        Self::Memory,
    ];
}

impl fmt::Display for Limit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Bytes => "all bytes",
            Self::FileBytes => "the bytes of one file",
            Self::Entries => "entries",
            Self::OpenFiles => "open files",
            Self::Memory => "all memory",
            Self::FileMemory => "the memory of one file",
        })
    }
}

/// Describes why limits are invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitsError {
    /// A limit on one file is above the limit on all files.
    #[error("the limit on {higher} ({higher_value}) is above the limit on {lower} ({lower_value})")]
    Contradiction {
        /// The limit that is too high.
        higher: Limit,
        /// Its value.
        higher_value: u64,
        /// The limit that bounds it.
        lower: Limit,
        /// Its value.
        lower_value: u64,
    },
}
