//! Limits, and what is charged against them: before the effect, and given back after it.
//!
//! | limit | counts | why it is separate | library | `run` | a program sees |
//! | --- | --- | --- | ---: | ---: | --- |
//! | bytes | the sum of file sizes, each inode once, holes included | a file may be grown without being written | 64 MiB | 1 GiB | `quota` |
//! | file size | bytes in one file, in memory or on disk | a loop that appends is met before it costs the others room | as bytes | as bytes | `file-too-large` |
//! | entries | files, directories and links | an empty file costs an inode and no byte | 1,024 | 65,536 | `quota` |
//! | open files | descriptors, and streams of files and directories | the process has one table of them for all | 64 | 256 | `quota` |
//! | depth | how deep an entry stands; directly in the space it is 1 | what is deep is slow to walk and to remove | 32 | 128 | `quota` |
//! | memory | bytes that a provider holds for files that are not on disk | it is the host's memory | 4 MiB | 16 MiB | nothing: files move to disk |
//!
//! Bytes, entries, open files and memory have a limit for the base as a whole, too ([`BaseLimits`]).
//!
//! Blocks cannot be charged before the effect, since only the file system knows them: disk use is bounded by bytes +
//! entries × block size + directories.
//!
//! While operations are in flight a charge is an upper bound of what is there; when none is, it is equal. What somebody on
//! the host's side does to the files of a space is not charged.

mod base;
mod gauge;
mod inodes;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::FileType;
use serde::Serialize;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

pub(crate) use self::base::BaseBudget;
pub use self::base::{BaseLimits, Counters};
use self::gauge::Gauge;
use self::inodes::Inodes;
pub(crate) use self::inodes::{Growth, InodeId, OpenInode};
use crate::label::Label;

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

/// So many open files more than its limit a provider may have in a drop or a close: to delete, it opens directories.
const ENDING_RESERVE: u64 = 8;

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
    /// The sum of file sizes, each inode once, holes included. Beyond it: `quota`.
    pub bytes: u64,
    /// Bytes in one file. Beyond it: `file-too-large`.
    pub file_bytes: u64,
    /// Files, directories and links. Beyond it: `quota`.
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

/// What is counted, in a space and in the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bytes,
    Entries,
    OpenFiles,
    Memory,
}

/// Which limit was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// A limit of the space, or of the base.
    #[error("a limit of the temporary files is met")]
    Quota,
    /// The limit of one file.
    #[error("the file is at its largest size")]
    FileTooLarge,
}

impl From<Refused> for ErrorCode {
    fn from(refused: Refused) -> ErrorCode {
        match refused {
            Refused::Quota => ErrorCode::Quota,
            Refused::FileTooLarge => ErrorCode::FileTooLarge,
        }
    }
}

impl From<Refused> for wasmtime_wasi::p2::FsError {
    fn from(refused: Refused) -> Self {
        ErrorCode::from(refused).into()
    }
}

/// Of one thing that is limited: how much there is, how much there was at most, and how often more was refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Level {
    /// The most there was at one time.
    pub peak: u64,
    /// What there is; in a report: what there was at the end, before the host removed it.
    pub now: u64,
    /// The most there may be; `None`: as much as there is room for.
    pub limit: Option<u64>,
    /// How often more was asked for.
    pub refused: u64,
}

/// What a space was charged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Usage {
    /// File sizes on disk.
    pub bytes: Level,
    /// What files in memory held.
    pub memory: Level,
    /// Files, directories and links.
    pub entries: Level,
    /// Descriptors and streams.
    pub open_files: Level,
    /// How often an entry would have stood too deep.
    pub depth_refused: u64,
    /// How often a file would have been too large.
    pub file_bytes_refused: u64,
    /// Bytes written to files on disk, those that were written over included.
    pub bytes_written: u64,
}

/// What is charged to a space.
#[derive(Debug)]
pub(crate) struct Budget {
    /// Whose it is, for events.
    label: Option<Label>,
    limits: Limits,
    base: Arc<BaseBudget>,
    gauges: [Gauge; 4],
    depth_refused: AtomicU64,
    file_bytes_refused: AtomicU64,
    written: AtomicU64,
    /// Held while a name is made, moved or taken away: between a look at it and the change.
    names: Arc<tokio::sync::Mutex<()>>,
    /// Entries that no walk finds, and how often the space was emptied: what was counted before that is not counted any more.
    nameless: Mutex<(u64, u64)>,
    inodes: Mutex<Inodes>,
    /// Whether a link may stand in the space, so that a path may lead elsewhere than it reads.
    has_links: AtomicBool,
    /// Whether a file may have a name outside of the space, too.
    has_names_outside: AtomicBool,
    /// Goes up when a directory is moved: what was known of depths before that may be wrong.
    moves: AtomicU64,
}

impl Budget {
    pub(crate) fn new(label: Option<Label>, limits: Limits, base: Arc<BaseBudget>) -> Arc<Budget> {
        Arc::new(Budget {
            label,
            limits,
            base,
            gauges: Default::default(),
            depth_refused: AtomicU64::new(0),
            file_bytes_refused: AtomicU64::new(0),
            written: AtomicU64::new(0),
            names: Arc::default(),
            nameless: Mutex::default(),
            inodes: Mutex::default(),
            has_links: AtomicBool::new(false),
            has_names_outside: AtomicBool::new(false),
            moves: AtomicU64::new(0),
        })
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// For as long as a name is looked at and changed.
    pub(crate) fn names(&self) -> &Arc<tokio::sync::Mutex<()>> {
        &self.names
    }

    pub(crate) fn has_links(&self) -> bool {
        self.has_links.load(Ordering::Relaxed)
    }

    /// A link is about to be made.
    pub(crate) fn links(&self) {
        self.has_links.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_names_outside(&self) -> bool {
        self.has_names_outside.load(Ordering::Relaxed)
    }

    /// A file of the space is given a name in a granted directory, or keeps one in the space when it leaves that.
    pub(crate) fn names_outside(&self) {
        self.has_names_outside.store(true, Ordering::Relaxed);
    }

    /// How often a directory was moved.
    pub(crate) fn moves(&self) -> u64 {
        self.moves.load(Ordering::Relaxed)
    }

    /// A directory was moved.
    pub(crate) fn moved(&self) {
        self.moves.fetch_add(1, Ordering::Relaxed);
    }

    /// An entry that is about to be made. If it is not, it [is gone](Budget::entry_gone).
    pub(crate) fn entry(&self) -> Result<(), Refused> {
        self.charge(Kind::Entries, 1, self.limits.entries)
    }

    /// The entry of a file that is about to be made without a name.
    pub(crate) fn nameless(self: &Arc<Budget>) -> Result<Nameless, Refused> {
        self.entry()?;
        let mut nameless = lock(&self.nameless);
        nameless.0 += 1;
        Ok(Nameless {
            budget: Arc::clone(self),
            emptied: nameless.1,
        })
    }

    /// A name is gone, and with the last name what stood there. Returns whether that is all that there is to be given back:
    /// a file that has a name outside, too, may stay or go.
    pub(crate) fn gone(&self, found: &Found) -> bool {
        if found.kind == FileType::RegularFile {
            if found.names <= 1 {
                self.unnamed(found.id, found.size);
            } else if self.has_names_outside() {
                return false;
            }
        }
        self.entry_gone();
        true
    }

    /// Something leaves the space by this name of it, and may have others there. Returns what [`gone`](Budget::gone) does; a
    /// directory leaves with all that is in it.
    pub(crate) fn left(&self, found: &Found) -> bool {
        match found.kind {
            FileType::RegularFile if found.names > 1 => self.names_outside(),
            FileType::Directory => {
                self.names_outside();
                return false;
            }
            _ => {}
        }
        self.gone(found)
    }

    /// A descriptor or a stream that is about to be opened; `is_ending` by a provider in a drop or a close.
    pub(crate) fn open_file(self: &Arc<Budget>, is_ending: bool) -> Result<Taken, Refused> {
        let reserve = if is_ending { ENDING_RESERVE } else { 0 };
        let limit = self.limits.open_files.saturating_add(reserve);
        self.charge(Kind::OpenFiles, 1, limit)?;
        Ok(Taken::new(self, Kind::OpenFiles, 1))
    }

    /// What a provider holds in memory: nothing yet.
    pub(crate) fn no_memory(self: &Arc<Budget>) -> Taken {
        Taken::new(self, Kind::Memory, 0)
    }

    /// An entry that is about to stand `depth` deep.
    pub(crate) fn depth(&self, depth: u64) -> Result<(), Refused> {
        if depth > self.limits.depth {
            self.depth_refused.fetch_add(1, Ordering::Relaxed);
            self.refused("depth");
            return Err(Refused::Quota);
        }
        Ok(())
    }

    /// A file that is about to have `bytes`.
    pub(crate) fn file_bytes(&self, bytes: u64) -> Result<(), Refused> {
        if bytes > self.limits.file_bytes {
            self.is_too_large();
            return Err(Refused::FileTooLarge);
        }
        Ok(())
    }

    pub(crate) fn wrote(&self, bytes: u64) {
        self.written.fetch_add(bytes, Ordering::Relaxed);
    }

    /// An entry is gone.
    pub(crate) fn entry_gone(&self) {
        self.give(Kind::Entries, 1);
    }

    fn charge(&self, kind: Kind, amount: u64, limit: u64) -> Result<(), Refused> {
        let gauge = self.gauge(kind);
        if gauge.take(amount, limit) {
            if self.base.take(kind, amount) {
                return Ok(());
            }
            gauge.give(amount);
        }
        self.is_full(kind);
        Err(Refused::Quota)
    }

    /// A write was refused before it was charged.
    pub(crate) fn was_refused(&self, refused: Refused) -> Refused {
        match refused {
            Refused::Quota => self.is_full(Kind::Bytes),
            Refused::FileTooLarge => self.is_too_large(),
        }
        refused
    }

    fn is_too_large(&self) {
        self.file_bytes_refused.fetch_add(1, Ordering::Relaxed);
        self.refused("file-bytes");
    }

    /// Somebody asked for more than there may be.
    fn is_full(&self, kind: Kind) {
        self.gauge(kind).refuse();
        self.refused(match kind {
            Kind::Bytes => "bytes",
            Kind::Entries => "entries",
            Kind::OpenFiles => "open-files",
            Kind::Memory => "memory",
        });
    }

    fn refused(&self, limit: &'static str) {
        let label = self.label.as_ref().map_or("-", Label::as_str);
        tracing::debug!(label, limit, "refused");
    }

    fn give(&self, kind: Kind, amount: u64) {
        // No more than there is: what somebody planted on the host's side was never charged.
        let given = self.gauge(kind).give(amount);
        self.base.give(kind, given);
    }

    /// What is there although nobody asked.
    fn force(&self, kind: Kind, amount: u64) {
        self.gauge(kind).force(amount);
        self.base.force(kind, amount);
    }

    /// How much more there may be.
    fn room(&self, kind: Kind) -> u64 {
        self.gauge(kind).left(self.limit(kind)).min(self.base.left(kind))
    }

    /// How many bytes more there may be on disk.
    pub(crate) fn bytes_left(&self) -> u64 {
        self.room(Kind::Bytes)
    }

    fn limit(&self, kind: Kind) -> u64 {
        match kind {
            Kind::Bytes => self.limits.bytes,
            Kind::Entries => self.limits.entries,
            Kind::OpenFiles => self.limits.open_files,
            Kind::Memory => self.limits.memory,
        }
    }

    fn gauge(&self, kind: Kind) -> &Gauge {
        &self.gauges[index(kind)]
    }

    fn inodes(&self) -> MutexGuard<'_, Inodes> {
        lock(&self.inodes)
    }

    /// Bytes and entries as they are charged now.
    pub(crate) fn now(&self) -> (u64, u64) {
        self.settle();
        (self.gauge(Kind::Bytes).now(), self.gauge(Kind::Entries).now())
    }

    /// What was charged until now.
    pub(crate) fn usage(&self) -> Usage {
        let level = |kind| self.gauge(kind).level(self.limit(kind));
        Usage {
            bytes: level(Kind::Bytes),
            memory: level(Kind::Memory),
            entries: level(Kind::Entries),
            open_files: level(Kind::OpenFiles),
            depth_refused: self.depth_refused.load(Ordering::Relaxed),
            file_bytes_refused: self.file_bytes_refused.load(Ordering::Relaxed),
            bytes_written: self.written.load(Ordering::Relaxed),
        }
    }

    /// The charge is put right by what a walk has found, with the sizes of files that have a name, and by what open files
    /// are charged beyond that.
    pub(crate) fn found(&self, entries: u64, bytes: u64, named: &HashMap<InodeId, u64>) {
        self.set(Kind::Entries, entries.saturating_add(lock(&self.nameless).0));
        inodes::beyond(self, named, |more| self.set(Kind::Bytes, bytes.saturating_add(more)));
    }

    fn set(&self, kind: Kind, amount: u64) {
        let now = self.gauge(kind).now();
        if amount > now {
            self.force(kind, amount - now);
        } else {
            self.give(kind, now - amount);
        }
    }

    /// Everything in the space was removed, and it goes on: begins to count peaks and refusals anew, and no file without a
    /// name as an entry of it.
    pub(crate) fn restart(&self) {
        let mut nameless = lock(&self.nameless);
        self.give(Kind::Entries, nameless.0);
        *nameless = (0, nameless.1 + 1);
        drop(nameless);
        for gauge in &self.gauges {
            gauge.restart();
        }
        for count in [&self.depth_refused, &self.file_bytes_refused, &self.written] {
            count.store(0, Ordering::Relaxed);
        }
    }

    /// Everything on disk is gone, or charged to the base alone.
    pub(crate) fn ended(&self) {
        for kind in [Kind::Bytes, Kind::Entries] {
            self.give(kind, self.gauge(kind).now());
        }
    }
}

impl Drop for Budget {
    fn drop(&mut self) {
        for kind in [Kind::Bytes, Kind::Entries, Kind::OpenFiles, Kind::Memory] {
            self.give(kind, self.gauge(kind).now());
        }
    }
}

/// What stands under a name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) id: InodeId,
    pub(crate) kind: FileType,
    /// How many names it has.
    pub(crate) names: u64,
    pub(crate) size: u64,
}

impl Found {
    pub(crate) fn new(stat: &rustix::fs::Stat) -> Found {
        Found {
            id: InodeId::of(stat),
            kind: FileType::from_raw_mode(stat.st_mode),
            names: stat.st_nlink,
            size: u64::try_from(stat.st_size).unwrap_or(0),
        }
    }

    pub(crate) fn is_same(&self, other: &Found) -> bool {
        self.id == other.id
    }

    pub(crate) fn is_dir(&self) -> bool {
        self.kind == FileType::Directory
    }
}

/// So often no space is emptied.
const NEVER: u64 = u64::MAX;

/// The entry of a file without a name: given back when this is dropped, unless it has got one.
#[derive(Debug)]
pub(crate) struct Nameless {
    budget: Arc<Budget>,
    /// How often the space had been emptied; [`NEVER`] once it has a name.
    emptied: u64,
}

impl Nameless {
    /// It is about to have a name in the space: it is charged anew if the space was emptied meanwhile.
    pub(crate) fn renew(&mut self) -> Result<(), Refused> {
        if lock(&self.budget.nameless).1 != self.emptied {
            *self = self.budget.nameless()?;
        }
        Ok(())
    }

    /// It has a name in the space, which stays charged.
    pub(crate) fn named(mut self) {
        let mut nameless = lock(&self.budget.nameless);
        if nameless.1 == self.emptied {
            nameless.0 -= 1;
        }
        drop(nameless);
        // Nothing is given back when this is dropped.
        self.emptied = NEVER;
    }
}

impl Drop for Nameless {
    fn drop(&mut self) {
        let mut nameless = lock(&self.budget.nameless);
        if nameless.1 == self.emptied {
            nameless.0 -= 1;
            self.budget.entry_gone();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn index(kind: Kind) -> usize {
    match kind {
        Kind::Bytes => 0,
        Kind::Entries => 1,
        Kind::OpenFiles => 2,
        Kind::Memory => 3,
    }
}

/// What was charged, given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Taken {
    budget: Arc<Budget>,
    kind: Kind,
    amount: u64,
}

impl Taken {
    fn new(budget: &Arc<Budget>, kind: Kind, amount: u64) -> Taken {
        Taken {
            budget: Arc::clone(budget),
            kind,
            amount,
        }
    }

    /// The most that it could become.
    pub(crate) fn room(&self) -> u64 {
        self.amount.saturating_add(self.budget.room(self.kind))
    }

    /// It becomes `amount`.
    pub(crate) fn resize(&mut self, amount: u64) -> Result<(), Refused> {
        if amount > self.amount {
            let limit = self.budget.limit(self.kind);
            self.budget.charge(self.kind, amount - self.amount, limit)?;
        } else {
            self.budget.give(self.kind, self.amount - amount);
        }
        self.amount = amount;
        Ok(())
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if self.amount > 0 {
            self.budget.give(self.kind, self.amount);
        }
    }
}
