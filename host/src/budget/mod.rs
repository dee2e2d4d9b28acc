//! Limits, and what is charged against them: before the effect, and given back after it.
//!
//! | limit | counts | why it is separate | library | `run` | a program sees |
//! | --- | --- | --- | ---: | ---: | --- |
//! | bytes | the sum of file sizes, each inode once, holes included | a file may be grown without being written | 64 MiB | 1 GiB | `insufficient-space` |
//! | file size | bytes in one file, in memory or on disk | a loop that appends is met before it costs the others room | as bytes | as bytes | `file-too-large`, if it is less than bytes |
//! | entries | files, directories and links | an empty file costs an inode and no byte | 1,024 | 65,536 | `insufficient-space` |
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
mod limits;
mod names;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

pub(crate) use self::base::BaseBudget;
pub use self::base::{BaseLimits, Counters};
use self::gauge::Gauge;
use self::inodes::Inodes;
pub(crate) use self::inodes::{Growth, InodeId, OpenInode};
pub use self::limits::Limits;
use self::names::Uncounted;
pub(crate) use self::names::{Found, Nameless};
use crate::label::Label;

/// So many open files more than its limit a provider may have in a drop or a close: to delete, it opens directories.
const ENDING_RESERVE: u64 = 8;

/// The largest size of a file, and the largest offset: WASI's `filesize` is unsigned, every system's is signed.
pub(crate) const LARGEST_FILE: u64 = i64::MAX.cast_unsigned();

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
    /// The limit of bytes or entries, of the space or of the base. It is the code of a full disk, for which libraries have words
    /// of their own: to SQLite `quota` is a broken disk.
    #[error("no space is left for temporary files")]
    Full,
    /// The limit of open files, of the space or of the base, or of depth.
    #[error("a limit of the temporary files is met")]
    Quota,
    /// The limit of one file.
    #[error("the file is at its largest size")]
    FileTooLarge,
}

impl From<Refused> for ErrorCode {
    fn from(refused: Refused) -> ErrorCode {
        match refused {
            Refused::Full => ErrorCode::InsufficientSpace,
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
    made_by_path: AtomicU64,
    /// Held while a name is made, moved or taken away: between a look at it and the change.
    names: Arc<tokio::sync::Mutex<()>>,
    nameless: Mutex<Uncounted>,
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
            made_by_path: AtomicU64::new(0),
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
            return Err(self.was_refused(self.beyond_one_file(bytes)));
        }
        Ok(())
    }

    /// Returns what refuses a file of `bytes`, which are more than one file may have. Where one file may fill the space, it is
    /// the space that is full, unless no file can be that large.
    pub(crate) fn beyond_one_file(&self, bytes: u64) -> Refused {
        if self.limits.file_bytes < self.limits.bytes || bytes > LARGEST_FILE {
            Refused::FileTooLarge
        } else {
            Refused::Full
        }
    }

    pub(crate) fn wrote(&self, bytes: u64) {
        self.written.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts an entry that the program made by its path.
    pub(crate) fn record_made_by_path(&self) {
        self.made_by_path.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn made_by_path(&self) -> u64 {
        self.made_by_path.load(Ordering::Relaxed)
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
        Err(match kind {
            Kind::Bytes | Kind::Entries | Kind::Memory => Refused::Full,
            Kind::OpenFiles => Refused::Quota,
        })
    }

    /// A write was refused before it was charged.
    pub(crate) fn was_refused(&self, refused: Refused) -> Refused {
        match refused {
            Refused::Full => self.is_full(Kind::Bytes),
            // Nothing is opened or nested by a write.
            Refused::Quota => {}
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
        self.set(Kind::Entries, entries.saturating_add(lock(&self.nameless).files));
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
        self.forget_nameless();
        for gauge in &self.gauges {
            gauge.restart();
        }
        let counts = [
            &self.depth_refused,
            &self.file_bytes_refused,
            &self.written,
            &self.made_by_path,
        ];
        for count in counts {
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
