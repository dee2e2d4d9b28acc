//! A barrier that threads leave at the same moment.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Turns in which a thread looks again before it lets others run.
const SPINS: u32 = 200;

/// Holds threads until all of them are there.
///
/// A thread that waits in [`std::sync::Barrier`] has to be woken up, which takes longer than the whole program of another one.
pub(crate) struct Gate {
    threads: usize,
    arrivals: AtomicUsize,
}

impl Gate {
    pub(crate) fn new(threads: usize) -> Self {
        Self {
            threads,
            arrivals: AtomicUsize::new(0),
        }
    }

    /// Waits until every thread has come here as often as this one.
    pub(crate) fn pass(&self) {
        let arrival = self.arrivals.fetch_add(1, Ordering::SeqCst);
        let enough = (arrival / self.threads + 1) * self.threads;
        let mut turns = 0;
        while self.arrivals.load(Ordering::SeqCst) < enough {
            turns += 1;
            if turns % SPINS == 0 {
                std::thread::yield_now();
            } else {
                std::hint::spin_loop();
            }
        }
    }
}

/// Waits a little before an operation, so that threads do not run in step.
pub(crate) fn hesitate(turns: u32) {
    if turns % 8 == 7 {
        std::thread::yield_now();
    } else {
        for _ in 0..turns * 8 {
            std::hint::spin_loop();
        }
    }
}
