//! Deletes in the background: what dead hosts left, and spaces that were dropped without being ended.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::lease::Lease;
use crate::remove::{Removed, Stuck};
use crate::report::{MAX_LISTED, Residue};

/// How often residue is tried again by the ends of spaces. By a new base, and by a sweep, it always is.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What was removed in the background since the base was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Swept {
    /// Dead hosts whose directories were found.
    pub hosts: u64,
    /// Entries removed, the directories of spaces and hosts among them.
    pub entries: u64,
    /// Bytes freed: file sizes, each inode once.
    pub bytes: u64,
    /// How much stands because the system refused to remove it.
    pub residue_count: u64,
    /// The first [`MAX_LISTED`] of it.
    pub residue: Vec<Residue>,
}

impl Swept {
    fn residue(&mut self, entry: String, reason: String) {
        self.residue_count += 1;
        if self.residue.len() < MAX_LISTED {
            self.residue.push(Residue { entry, reason });
        }
    }
}

type Job = Box<dyn FnOnce(&Lease) -> Removed + Send>;

/// The queue of a base, and a thread while there is something in it.
#[derive(Default)]
pub(crate) struct Reaper {
    state: Mutex<State>,
    idle: Condvar,
    /// Entries removed so far, the job in progress included.
    progress: AtomicU64,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    is_running: bool,
    swept: Swept,
    /// What stands in the trash for good, as far as is known.
    stuck: Vec<Stuck>,
    tried: Option<Instant>,
}

impl Lease {
    /// Does `job` in the background. The lease lives until it is done.
    pub(crate) fn reap(self: &Arc<Lease>, job: impl FnOnce(&Lease) -> Removed + Send + 'static) {
        let job: Job = Box::new(job);
        self.enqueue([job]);
        self.start_reaping();
    }

    pub(super) fn reap_hosts(self: &Arc<Lease>, names: Vec<String>) {
        self.reaper.lock().swept.hosts += u64::try_from(names.len()).unwrap_or(u64::MAX);
        self.enqueue(names.into_iter().map(|name| -> Job {
            Box::new(move |lease| {
                let progress = &lease.reaper.progress;
                lease.remover().counting(progress).remove_from_trash(&name, &name)
            })
        }));
        self.start_reaping();
    }

    /// Something could not be removed: it stands in the trash, and is tried again later.
    pub(crate) fn is_stuck(&self, stuck: Vec<Stuck>) {
        self.reaper.lock().stuck.extend(stuck);
    }

    /// Tries what could not be removed again, if it was not tried just now.
    pub(crate) fn retry(self: &Arc<Lease>) {
        let stuck = {
            let mut state = self.reaper.lock();
            let is_due = state.tried.is_none_or(|tried| tried.elapsed() >= RETRY_AFTER);
            if state.stuck.is_empty() || !is_due {
                return;
            }
            state.tried = Some(Instant::now());
            std::mem::take(&mut state.stuck)
        };
        self.reap(move |lease| {
            let mut removed = Removed::default();
            for Stuck { name, path } in stuck {
                let mut again = lease.remover().remove_from_trash(&name, &path);
                // It was reported when it did not go the first time.
                again.failures.clear();
                removed.add(again);
            }
            removed
        });
    }

    fn enqueue(&self, jobs: impl IntoIterator<Item = Job>) {
        self.reaper.lock().jobs.extend(jobs);
    }

    fn start_reaping(self: &Arc<Lease>) {
        let mut state = self.reaper.lock();
        if state.is_running || state.jobs.is_empty() {
            return;
        }
        let lease = Arc::clone(self);
        let thread = std::thread::Builder::new().name("scratch-reaper".to_owned());
        // Without a thread the work waits for the next one, for `drain`, or for the next host.
        state.is_running = thread.spawn(move || reap(lease)).is_ok();
    }

    /// What could not even be moved to the trash.
    pub(super) fn is_residue(&self, entry: String, reason: String) {
        self.reaper.lock().swept.residue(entry, reason);
    }

    /// Waits until everything that was to be done in the background is done.
    pub(super) fn drain(self: &Arc<Lease>) -> Swept {
        self.start_reaping();
        let mut state = self.reaper.lock();
        while state.is_running {
            state = self.reaper.idle.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if !state.jobs.is_empty() {
            // There was no thread to be had.
            state.is_running = true;
            drop(state);
            reap(Arc::clone(self));
            state = self.reaper.lock();
        }
        state.swept.clone()
    }

    /// Entries removed in the background so far.
    pub(super) fn reaped(&self) -> u64 {
        self.reaper.progress.load(Ordering::Relaxed)
    }
}

impl Reaper {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Works until nothing is left to do.
fn reap(lease: Arc<Lease>) {
    let reaper = Arc::clone(&lease.reaper);
    loop {
        let job = {
            let mut state = reaper.lock();
            match state.jobs.pop_front() {
                Some(job) => job,
                None => {
                    // First: who was waiting may be the last to hold the lease, and ends it when he lets go.
                    drop(lease);
                    state.is_running = false;
                    reaper.idle.notify_all();
                    return;
                }
            }
        };
        // A panic ends this job and no other: who waits for the rest waits for something that comes.
        let removed = catch_unwind(AssertUnwindSafe(|| job(&lease))).unwrap_or_default();
        let mut state = reaper.lock();
        let swept = &mut state.swept;
        swept.entries += removed.entries;
        swept.bytes += removed.bytes;
        for (entry, error) in removed.failures {
            swept.residue(entry, error.to_string());
        }
        state.stuck.extend(removed.stuck);
    }
}
