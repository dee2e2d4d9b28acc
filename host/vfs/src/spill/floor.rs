//! The floor of free space, which spilled contents leave to everybody else.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The free space that spilled contents leave in their file system.
///
/// It is looked at again before each MiB. So if others fill the disk meanwhile, a process may take up to 1 MiB below it, and a write that
/// is in progress its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserve {
    /// A share of the size of the file system, in percent.
    Percent(u8),
    /// A number of bytes.
    Bytes(u64),
}

impl Default for Reserve {
    /// Returns a tenth of the file system.
    fn default() -> Self {
        Self::Percent(10)
    }
}

impl Reserve {
    fn floor(self, total: u64) -> u64 {
        match self {
            Self::Percent(percent) => total / 100 * u64::from(percent.min(100)),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// The size of a file system, and what it has left for ordinary users, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Free {
    pub(crate) total: u64,
    pub(crate) available: u64,
}

/// Maximum bytes that are granted for one look at the file system. A look takes a microsecond, which is little beside writing so much.
/// What a process was granted stays good while it is idle and others fill the disk, so it must not be much more.
const MAX_GRANT: u64 = 1 << 20;

/// The share of the room above the floor that one look grants. So sixteen processes that look at the same moment stay above the
/// floor.
const SHARE: u64 = 16;

/// Keeps contents above the floor.
#[derive(Debug, Default)]
pub(crate) struct Floor {
    reserve: Reserve,
    /// Bytes that may be taken before the next look.
    granted: AtomicU64,
}

impl Floor {
    pub(crate) fn new(reserve: Reserve) -> Self {
        Self {
            reserve,
            granted: AtomicU64::new(0),
        }
    }

    /// Takes bytes for a content that grows. Returns whether they are there.
    ///
    /// # Errors
    ///
    /// Those of the look.
    pub(crate) fn take(&self, bytes: u64, look: impl FnOnce() -> io::Result<Option<Free>>) -> io::Result<bool> {
        let taken = self
            .granted
            .fetch_update(Relaxed, Relaxed, |granted| granted.checked_sub(bytes));
        if taken.is_ok() {
            return Ok(true);
        }
        // Where the system does not tell, writing says when the disk is full.
        let Some(free) = look()? else {
            return Ok(true);
        };
        let room = free.available.saturating_sub(self.reserve.floor(free.total));
        if room < bytes {
            self.granted.store(0, Relaxed);
            return Ok(false);
        }
        self.granted
            .store((room / SHARE).min(MAX_GRANT).saturating_sub(bytes), Relaxed);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(available: u64) -> impl FnOnce() -> io::Result<Option<Free>> {
        move || {
            Ok(Some(Free {
                total: 1_000 << 20,
                available: available << 20,
            }))
        }
    }

    #[test]
    fn nothing_is_taken_below_the_floor() {
        let floor = Floor::new(Reserve::default());
        assert!(floor.take(1 << 20, look(101)).unwrap());
        assert!(!floor.take(1 << 20, look(100)).unwrap());
        assert!(Floor::new(Reserve::Bytes(0)).take(1 << 20, look(1)).unwrap());
        assert!(!Floor::new(Reserve::Percent(100)).take(1, look(1_000)).unwrap());
    }

    #[test]
    fn the_file_system_is_looked_at_again_as_contents_grow() {
        let count_looks = |available| {
            let floor = Floor::new(Reserve::Bytes(0));
            let mut looks = 0;
            for _ in 0..160 {
                floor
                    .take(64 << 10, || {
                        looks += 1;
                        look(available)()
                    })
                    .unwrap();
            }
            looks
        };
        assert_eq!(count_looks(8), 20, "each look grants a sixteenth of 8 MiB");
        assert_eq!(count_looks(1_000), 10, "no look grants more than 1 MiB");
    }

    #[test]
    fn a_failed_look_is_an_error_and_no_look_is_none() {
        let floor = Floor::new(Reserve::default());
        assert!(floor.take(1, || Err(io::Error::from(io::ErrorKind::Other))).is_err());
        assert!(floor.take(u64::MAX, || Ok(None)).unwrap());
    }
}
