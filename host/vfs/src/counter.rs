//! A limit and its use, counted without a lock.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Means "no limit" in a counter. No use can reach it.
const NO_LIMIT: u64 = u64::MAX;

/// Counts the use of a limit, and never exceeds it.
///
/// The orderings are relaxed because a counter orders no other memory, and each change is one read-modify-write of `used`.
#[derive(Debug)]
pub(crate) struct Counter {
    limit: AtomicU64,
    used: AtomicU64,
    peak: AtomicU64,
}

impl Counter {
    pub(crate) fn new(limit: Option<u64>) -> Self {
        Self {
            limit: AtomicU64::new(limit.unwrap_or(NO_LIMIT)),
            used: AtomicU64::new(0),
            peak: AtomicU64::new(0),
        }
    }

    /// Charges an amount, or nothing if it would exceed the limit. Returns whether it was charged.
    #[must_use]
    pub(crate) fn try_charge(&self, amount: u64) -> bool {
        let mut used = self.used.load(Relaxed);
        loop {
            let Some(sum) = used.checked_add(amount).filter(|sum| *sum <= self.limit.load(Relaxed)) else {
                return false;
            };
            match self.used.compare_exchange_weak(used, sum, Relaxed, Relaxed) {
                Ok(_) => {
                    if self.peak.load(Relaxed) < sum {
                        self.peak.fetch_max(sum, Relaxed);
                    }
                    return true;
                }
                Err(now) => used = now,
            }
        }
    }

    /// Gives back an amount that was charged.
    pub(crate) fn release(&self, amount: u64) {
        let before = self.used.fetch_sub(amount, Relaxed);
        debug_assert!(before >= amount, "more is released than was charged");
    }

    /// Returns the amount that can still be charged.
    pub(crate) fn room(&self) -> u64 {
        self.limit.load(Relaxed).saturating_sub(self.used.load(Relaxed))
    }

    /// Says whether more is used than the limit allows, which was higher before.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.used.load(Relaxed) > self.limit.load(Relaxed)
    }

    pub(crate) fn set_limit(&self, limit: Option<u64>) {
        self.limit.store(limit.unwrap_or(NO_LIMIT), Relaxed);
    }

    pub(crate) fn gauge(&self) -> Gauge {
        let limit = self.limit.load(Relaxed);
        Gauge {
            used: self.used.load(Relaxed),
            peak: self.peak.load(Relaxed),
            limit: (limit != NO_LIMIT).then_some(limit),
        }
    }
}

/// Describes the use of one limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gauge {
    /// The current use.
    pub used: u64,
    /// The highest use so far.
    pub peak: u64,
    /// The limit, if there is one.
    pub limit: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_never_exceeds_its_limit_nor_wraps() {
        let counter = Counter::new(Some(10));
        assert!(counter.try_charge(7));
        assert!(!counter.try_charge(4));
        assert!(counter.try_charge(3));
        counter.release(5);
        assert_eq!(
            counter.gauge(),
            Gauge {
                used: 5,
                peak: 10,
                limit: Some(10)
            }
        );
        counter.set_limit(Some(2));
        assert!(!counter.try_charge(1));
        assert_eq!(counter.room(), 0);
        let unlimited = Counter::new(None);
        assert!(unlimited.try_charge(u64::MAX - 1));
        assert!(!unlimited.try_charge(2));
        assert_eq!(unlimited.gauge().limit, None);
    }
}
