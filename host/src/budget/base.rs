//! The limits of a base as a whole, and what all its spaces are charged together.

use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::{Resource, getrlimit};
use serde::Serialize;

use super::gauge::Gauge;
use super::{Kind, Level, index};

/// So many parts of a process's descriptors are kept back from programs: to delete, and for everything else that it does.
const DESCRIPTORS_KEPT_BACK: u64 = 4;

/// What all spaces of one open [`Base`](crate::Base) may have together. `None`: the default.
///
/// They are those of one process: several hosts on one base have each their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BaseLimits {
    /// The sum of file sizes. By default half of what is free on the file system when the base is opened, so that programs
    /// meet `insufficient-space` before the disk is full.
    pub bytes: Option<u64>,
    /// Files, directories and links. By default half of the free inodes, where the file system counts them.
    pub entries: Option<u64>,
    /// Descriptors and streams, and one for each space in use. By default three quarters of what the process may open.
    pub open_files: Option<u64>,
    /// Bytes in memory. By default no limit: the spaces have theirs.
    pub memory: Option<u64>,
}

/// What happened on a base since it was opened, and what is there now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counters {
    /// File sizes in all spaces, and in the trash until it is deleted.
    pub bytes: Level,
    /// What files in memory hold.
    pub memory: Level,
    /// Files, directories and links.
    pub entries: Level,
    /// Descriptors and streams, and one for each space in use.
    pub open_files: Level,
    /// Spaces that were made.
    pub spaces_made: u64,
    /// Spaces that have ended.
    pub spaces_ended: u64,
    /// Handles that programs got, of the spaces that have ended.
    pub handles: u64,
    /// How often a provider broke its word, in the spaces that have ended.
    pub violations: u64,
    /// How much could not be removed at the end of a space.
    pub residue: u64,
}

/// What is charged to a base.
#[derive(Debug, Default)]
pub(crate) struct BaseBudget {
    limits: [u64; 4],
    gauges: [Gauge; 4],
    spaces_made: AtomicU64,
    spaces_ended: AtomicU64,
    handles: AtomicU64,
    violations: AtomicU64,
    residue: AtomicU64,
    residue_entries: AtomicU64,
    residue_bytes: AtomicU64,
}

impl BaseBudget {
    /// For a base whose directory is `dir`.
    pub(crate) fn new(limits: BaseLimits, dir: impl std::os::fd::AsFd) -> BaseBudget {
        // Where the file system does not say, there is no limit of ours.
        let (bytes, entries) = rustix::fs::fstatvfs(dir).map_or((u64::MAX, u64::MAX), |stat| {
            let inodes = match stat.f_files {
                0 => u64::MAX,
                _ => stat.f_favail / 2,
            };
            (stat.f_bavail.saturating_mul(stat.f_frsize) / 2, inodes)
        });
        let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        let open_files = descriptors - descriptors / DESCRIPTORS_KEPT_BACK;
        let mut all = [0; 4];
        all[index(Kind::Bytes)] = limits.bytes.unwrap_or(bytes);
        all[index(Kind::Entries)] = limits.entries.unwrap_or(entries);
        all[index(Kind::OpenFiles)] = limits.open_files.unwrap_or(open_files);
        all[index(Kind::Memory)] = limits.memory.unwrap_or(u64::MAX);
        BaseBudget {
            limits: all,
            ..BaseBudget::default()
        }
    }

    /// One more space has its directory open, if there may be one.
    pub(crate) fn open_space(&self) -> bool {
        self.take(Kind::OpenFiles, 1)
    }

    /// A space has closed its directory.
    pub(crate) fn close_space(&self) {
        self.give(Kind::OpenFiles, 1);
    }

    /// What could not be removed is charged to the base alone.
    pub(crate) fn residue(&self, entries: u64, bytes: u64) {
        for (kind, now, charged) in [
            (Kind::Entries, entries, &self.residue_entries),
            (Kind::Bytes, bytes, &self.residue_bytes),
        ] {
            let before = charged.swap(now, Ordering::Relaxed);
            if now > before {
                self.force(kind, now - before);
            } else {
                self.give(kind, before - now);
            }
        }
    }

    pub(super) fn take(&self, kind: Kind, amount: u64) -> bool {
        let gauge = &self.gauges[index(kind)];
        let taken = gauge.take(amount, self.limits[index(kind)]);
        if !taken {
            gauge.refuse();
        }
        taken
    }

    pub(super) fn give(&self, kind: Kind, amount: u64) {
        self.gauges[index(kind)].give(amount);
    }

    pub(super) fn force(&self, kind: Kind, amount: u64) {
        self.gauges[index(kind)].force(amount);
    }

    pub(super) fn left(&self, kind: Kind) -> u64 {
        self.gauges[index(kind)].left(self.limits[index(kind)])
    }

    pub(crate) fn space_made(&self) {
        self.spaces_made.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn space_ended(&self, report: &crate::report::Report) {
        self.spaces_ended.fetch_add(1, Ordering::Relaxed);
        self.handles.fetch_add(report.handles(), Ordering::Relaxed);
        self.violations.fetch_add(report.violation_count, Ordering::Relaxed);
        self.residue.fetch_add(report.residue_count, Ordering::Relaxed);
    }

    pub(crate) fn counters(&self) -> Counters {
        let level = |kind| self.gauges[index(kind)].level(self.limits[index(kind)]);
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counters {
            bytes: level(Kind::Bytes),
            memory: level(Kind::Memory),
            entries: level(Kind::Entries),
            open_files: level(Kind::OpenFiles),
            spaces_made: count(&self.spaces_made),
            spaces_ended: count(&self.spaces_ended),
            handles: count(&self.handles),
            violations: count(&self.violations),
            residue: count(&self.residue),
        }
    }
}
