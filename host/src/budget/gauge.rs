//! One number that may not become larger than a limit, whoever adds to it at once.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Level;

#[derive(Debug, Default)]
pub(super) struct Gauge {
    now: AtomicU64,
    peak: AtomicU64,
    refused: AtomicU64,
}

impl Gauge {
    /// Adds `amount`, unless that is more than `limit`. Never adds it for a moment only: somebody else who has room would
    /// be refused.
    pub(super) fn take(&self, amount: u64, limit: u64) -> bool {
        let more = |now: u64| now.checked_add(amount).filter(|more| *more <= limit);
        match self.now.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more) {
            Ok(before) => {
                self.reached(before + amount);
                true
            }
            Err(_) => false,
        }
    }

    /// Takes `amount` away, or all there is. Returns how much that was.
    pub(super) fn give(&self, amount: u64) -> u64 {
        let less = |now: u64| Some(now.saturating_sub(amount));
        let before = self.now.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        before.unwrap_or_default().min(amount)
    }

    /// Adds `amount` beyond any limit.
    pub(super) fn force(&self, amount: u64) {
        let more = |now: u64| Some(now.saturating_add(amount));
        let before = self.now.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        self.reached(before.unwrap_or_default().saturating_add(amount));
    }

    pub(super) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    pub(super) fn left(&self, limit: u64) -> u64 {
        limit.saturating_sub(self.now())
    }

    pub(super) fn level(&self, limit: u64) -> Level {
        Level {
            peak: self.peak.load(Ordering::Relaxed),
            now: self.now(),
            limit: (limit != u64::MAX).then_some(limit),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }

    pub(super) fn restart(&self) {
        self.peak.store(self.now(), Ordering::Relaxed);
        self.refused.store(0, Ordering::Relaxed);
    }

    fn reached(&self, now: u64) {
        // Most often it is below: looking is cheaper than writing.
        if now > self.peak.load(Ordering::Relaxed) {
            self.peak.fetch_max(now, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Gauge;

    #[test]
    fn it_never_goes_beyond_its_limit_nor_below_nothing() {
        let gauge = Gauge::default();
        assert!(gauge.take(3, 4));
        assert!(!gauge.take(2, 4));
        assert!(!gauge.take(u64::MAX, u64::MAX));
        assert!(gauge.take(1, 4));
        assert_eq!(gauge.give(9), 4);
        assert_eq!((gauge.now(), gauge.level(4).peak), (0, 4));
    }

    #[test]
    fn what_nobody_asked_for_goes_beyond_the_limit_and_is_the_most_there_was() {
        let gauge = Gauge::default();
        gauge.force(5);
        gauge.force(u64::MAX);
        assert!(!gauge.take(1, u64::MAX));
        assert_eq!(
            (gauge.now(), gauge.level(4).peak, gauge.left(4)),
            (u64::MAX, u64::MAX, 0)
        );
        gauge.give(u64::MAX);
        gauge.restart();
        assert_eq!((gauge.now(), gauge.level(4).peak), (0, 0));
    }
}
