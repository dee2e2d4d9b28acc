//! What a space may have.

use serde::Serialize;

/// One mebibyte.
const MIB: u64 = 1 << 20;

/// Bytes in a space of a library's host: what a request or a plugin call uploads at most; a thousand such spaces fill 64 GiB.
const LIBRARY_BYTES: u64 = 64 * MIB;
/// Bytes in a space of `scratch run`: one program at a shell, whose user watches it.
const RUN_BYTES: u64 = 1024 * MIB;

/// Entries in a space of a library's host: a thousand such spaces are a million inodes, a tenth of what a small disk has.
const LIBRARY_ENTRIES: u64 = 1_024;
/// Entries in a space of `scratch run`: a compiler's build directory fits; removing them takes some two seconds.
const RUN_ENTRIES: u64 = 65_536;

/// Open files of a space of a library's host: a process may often open 1,024.
const LIBRARY_OPEN_FILES: u64 = 64;
/// Open files of a space of `scratch run`, which has the process for itself.
const RUN_OPEN_FILES: u64 = 256;

/// How deep entries stand in a space of a library's host.
const LIBRARY_DEPTH: u64 = 32;
/// How deep entries stand in a space of `scratch run`: twice the depth of any source tree that we know.
const RUN_DEPTH: u64 = 128;

/// Bytes in memory in a space of a library's host: a thousand such spaces hold 4 GiB at most.
const LIBRARY_MEMORY: u64 = 4 * MIB;
/// Bytes in memory in a space of `scratch run`: a program's own memory is larger than that.
const RUN_MEMORY: u64 = 16 * MIB;

/// A file of a library's host stays in memory up to this size, unless the program says otherwise.
const LIBRARY_FILE_MEMORY: u64 = 64 * 1024;
/// A file of `scratch run` stays in memory up to this size, unless the program says otherwise.
const RUN_FILE_MEMORY: u64 = 256 * 1024;

/// What may be in a space. `u64::MAX` stands for no limit.
///
/// The default is that of a host which serves many: see [`Limits::RUN`] for that of one program at a shell.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let somewhere = tempfile::tempdir()?;
/// use wasmtime_scratch::{Base, Limits};
///
/// let base = Base::open(somewhere.path().join("scratch"))?;
/// let mut limits = Limits::default();
/// limits.bytes = 256 << 20;
/// let space = base.space_within(None, limits);
/// # space.end();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Limits {
    /// The sum of file sizes, each inode once, holes included. Beyond it: `insufficient-space`.
    pub bytes: u64,
    /// Bytes in one file. Beyond it: `file-too-large`, unless one file may fill the space, which is full then.
    pub file_bytes: u64,
    /// Files, directories and links. Beyond it: `insufficient-space`.
    pub entries: u64,
    /// Descriptors, and streams of files and directories, that the instance and its provider have open at once, those
    /// of granted directories included. Beyond it: `quota`.
    pub open_files: u64,
    /// How deep an entry may stand; directly in the space is 1. Beyond it: `quota`.
    pub depth: u64,
    /// Bytes that a provider holds in memory for files that are not on disk. Beyond it files move to disk.
    pub memory: u64,
    /// Up to this size a file stays in memory, unless the program says otherwise.
    pub file_memory: u64,
}

impl Limits {
    /// Those of `scratch run`.
    pub const RUN: Limits = Limits {
        bytes: RUN_BYTES,
        file_bytes: RUN_BYTES,
        entries: RUN_ENTRIES,
        open_files: RUN_OPEN_FILES,
        depth: RUN_DEPTH,
        memory: RUN_MEMORY,
        file_memory: RUN_FILE_MEMORY,
    };

    /// None that a program meets: files move to disk at the library's default size, or when those in memory hold as much as
    /// with `scratch run`.
    pub const UNLIMITED: Limits = Limits {
        bytes: u64::MAX,
        file_bytes: u64::MAX,
        entries: u64::MAX,
        open_files: u64::MAX,
        depth: u64::MAX,
        memory: RUN_MEMORY,
        file_memory: LIBRARY_FILE_MEMORY,
    };
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            bytes: LIBRARY_BYTES,
            file_bytes: LIBRARY_BYTES,
            entries: LIBRARY_ENTRIES,
            open_files: LIBRARY_OPEN_FILES,
            depth: LIBRARY_DEPTH,
            memory: LIBRARY_MEMORY,
            file_memory: LIBRARY_FILE_MEMORY,
        }
    }
}
