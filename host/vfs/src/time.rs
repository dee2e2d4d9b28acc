//! Timestamps, and the clocks that they come from.

use std::time::{Duration, SystemTime};

/// A point in time, in whole seconds since the start of 1970 (UTC), which may be negative, and the nanoseconds after them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp {
    seconds: i64,
    nanoseconds: u32,
}

impl Timestamp {
    /// Makes a timestamp. Returns `None` if there are 1,000,000,000 nanoseconds or more.
    pub fn new(seconds: i64, nanoseconds: u32) -> Option<Self> {
        (nanoseconds < 1_000_000_000).then_some(Self { seconds, nanoseconds })
    }

    /// Returns the whole seconds since the start of 1970, rounded down.
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// Returns the nanoseconds after the whole seconds, which are less than 1,000,000,000.
    pub fn nanoseconds(self) -> u32 {
        self.nanoseconds
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => Self {
                seconds: i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
                nanoseconds: after.subsec_nanos(),
            },
            Err(before) => {
                let before = before.duration();
                let seconds = i64::try_from(before.as_secs()).unwrap_or(i64::MAX);
                match before.subsec_nanos() {
                    0 => Self {
                        seconds: -seconds,
                        nanoseconds: 0,
                    },
                    part => Self {
                        seconds: (-seconds).saturating_sub(1),
                        nanoseconds: 1_000_000_000 - part,
                    },
                }
            }
        }
    }
}

impl Timestamp {
    /// Converts the timestamp to the system's type. Returns `None` if it is out of that type's range.
    pub fn to_system_time(self) -> Option<SystemTime> {
        let part = Duration::from_nanos(u64::from(self.nanoseconds));
        let whole = Duration::from_secs(self.seconds.unsigned_abs());
        let time = if self.seconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(whole)?
        } else {
            SystemTime::UNIX_EPOCH.checked_add(whole)?
        };
        time.checked_add(part)
    }
}

/// Selects the new value of a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NewTimestamp {
    /// The time does not change.
    #[default]
    NoChange,
    /// The time becomes the current time of the space's clock.
    Now,
    /// The time becomes this timestamp.
    At(Timestamp),
}

/// Provides the current time of a space, as its program sees it.
pub trait Clock: Send + Sync {
    /// Returns the current time. This crate holds no lock when it calls this.
    fn now(&self) -> Timestamp;
}

/// The clock of the system.
///
/// On Linux it is the coarse clock, from which tmpfs also takes its times. That clock advances every few milliseconds, and reading it
/// costs a tenth of reading the precise one.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[cfg(target_os = "linux")]
    fn now(&self) -> Timestamp {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
        Timestamp {
            seconds: now.tv_sec,
            nanoseconds: u32::try_from(now.tv_nsec).unwrap_or_default(),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }
}

/// The times of an inode, without padding between them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    seconds: [i64; 3],
    nanoseconds: [u32; 3],
}

const ACCESSED: usize = 0;
const MODIFIED: usize = 1;
const CHANGED: usize = 2;

impl Times {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            seconds: [now.seconds; 3],
            nanoseconds: [now.nanoseconds; 3],
        }
    }

    fn get(&self, which: usize) -> Timestamp {
        Timestamp {
            seconds: self.seconds[which],
            nanoseconds: self.nanoseconds[which],
        }
    }

    fn put(&mut self, which: usize, time: Timestamp) {
        self.seconds[which] = time.seconds;
        self.nanoseconds[which] = time.nanoseconds;
    }

    pub(crate) fn accessed(&self) -> Timestamp {
        self.get(ACCESSED)
    }

    pub(crate) fn modified(&self) -> Timestamp {
        self.get(MODIFIED)
    }

    pub(crate) fn changed(&self) -> Timestamp {
        self.get(CHANGED)
    }

    /// Records that the content, or the list of entries, changed.
    pub(crate) fn modify(&mut self, now: Timestamp) {
        self.put(MODIFIED, now);
        self.put(CHANGED, now);
    }

    /// Records that the inode changed, but not its content.
    pub(crate) fn change(&mut self, now: Timestamp) {
        self.put(CHANGED, now);
    }

    /// Sets the access and the modification time. The change time becomes the current time, unless neither of them changes.
    pub(crate) fn set(&mut self, accessed: NewTimestamp, modified: NewTimestamp, now: Timestamp) {
        for (which, new) in [(ACCESSED, accessed), (MODIFIED, modified)] {
            match new {
                NewTimestamp::NoChange => continue,
                NewTimestamp::Now => self.put(which, now),
                NewTimestamp::At(time) => self.put(which, time),
            }
            self.put(CHANGED, now);
        }
    }
}
