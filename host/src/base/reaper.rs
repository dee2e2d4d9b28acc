//! Deletes in the background: what dead hosts left, and spaces that were dropped without being ended.

use std::collections::VecDeque;
use std::ffi::CString;
use std::io;
use std::os::fd::AsFd as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::lease::Lease;
use crate::look;
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
    /// Whether a thread looks for jobs.
    is_running: bool,
    /// Threads that hold the lease, one that has found nothing more to do among them.
    threads: usize,
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

    /// Charges the base for what stands because it could not be removed.
    pub(crate) fn recount_residue(&self) {
        let names: Vec<String> = {
            let state = self.reaper.lock();
            state.stuck.iter().map(|stuck| stuck.name.clone()).collect()
        };
        let (mut entries, mut bytes) = (0, 0);
        for name in names {
            let name = CString::new(name).unwrap_or_default();
            if look::exists(self.trash(), &name.to_string_lossy()).unwrap_or(true) {
                let size = look::size(self.trash().as_fd(), &name);
                entries += size.entries;
                bytes += size.bytes;
            }
        }
        self.budget().residue(entries, bytes);
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
        if thread.spawn(move || reap(lease)).is_ok() {
            state.is_running = true;
            state.threads += 1;
        }
    }

    /// What could not even be moved to the trash.
    pub(super) fn is_residue(&self, entry: String, reason: String) {
        self.reaper.lock().swept.residue(entry, reason);
    }

    /// Waits until everything that was to be done in the background is done.
    pub(super) fn drain(self: &Arc<Lease>) -> Swept {
        self.start_reaping();
        let mut state = self.reaper.lock();
        if !state.is_running {
            // There was no thread to be had, or nothing to do.
            state.is_running = true;
            drop(state);
            work(self);
            state = self.reaper.lock();
        }
        while state.is_running || state.threads > 0 {
            state = self.reaper.idle.wait(state).unwrap_or_else(PoisonError::into_inner);
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

/// A thread of its own.
fn reap(lease: Arc<Lease>) {
    work(&lease);
    let reaper = Arc::clone(&lease.reaper);
    // Who waits for the end of the work may wait for that of the lease.
    drop(lease);
    reaper.lock().threads -= 1;
    reaper.idle.notify_all();
}

/// Works until nothing is left to do.
fn work(lease: &Lease) {
    loop {
        let job = {
            let mut state = lease.reaper.lock();
            let Some(job) = state.jobs.pop_front() else {
                state.is_running = false;
                lease.reaper.idle.notify_all();
                return;
            };
            job
        };
        // A panic ends this job and no other: who waits for the rest waits for something that comes.
        let removed = catch_unwind(AssertUnwindSafe(|| job(lease))).unwrap_or_else(|_| Removed {
            failures: vec![("(background)".to_owned(), io::Error::other("the removal panicked"))],
            ..Removed::default()
        });
        let mut state = lease.reaper.lock();
        let swept = &mut state.swept;
        swept.entries += removed.entries;
        swept.bytes += removed.bytes;
        for (entry, error) in removed.failures {
            swept.residue(entry, error.to_string());
        }
        state.stuck.extend(removed.stuck);
        drop(state);
        lease.recount_residue();
    }
}
