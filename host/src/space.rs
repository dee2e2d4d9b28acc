//! One instance's space: a private directory under the host directory, made on first use, gone when the space ends.
//!
//! The owner of a [`Space`] lives outside the store that uses it and ends it after the store is gone. What the store's
//! data holds is a [`Shared`], which stops working at the end.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::base::{Lease, open_dir};
use crate::error::LabelError;
use crate::ledger::Ledger;
use crate::names;
use crate::remove::{self, Removed};
use crate::report::{MAX_LISTED, Receipt, Report, Residue};

/// How long the end of a space waits for operations that are still running in the background.
///
/// They are writes of at most a few MiB that have already started and cannot be cancelled; on a healthy disk they take
/// milliseconds. After that what they hold open is reported as residue.
pub const END_WAIT: Duration = Duration::from_secs(5);

/// Whose space it is: 1 to 128 printable ASCII characters, such as a tenant or a request id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label(String);

impl Label {
    /// The label as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Label {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Label, LabelError> {
        let printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if text.is_empty() || text.len() > 128 || !printable {
            let found = text.chars().take(128).collect();
            return Err(LabelError { found });
        }
        Ok(Label(text.to_owned()))
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The scratch space of one instance, request or session. Made by [`Base::space`](crate::Base::space).
///
/// Ending it deletes everything in it and hands out the [`Report`]. A `Space` that is dropped without being ended
/// deletes all the same, on the thread that drops it, and nobody sees the report.
///
/// End it after the store that uses it is gone: until then a program may still write, and the end has to wait for it.
#[derive(Debug)]
#[must_use = "end the space to delete its files and to get the report"]
pub struct Space {
    shared: Arc<Shared>,
}

impl Space {
    pub(crate) fn new(lease: Arc<Lease>, label: Option<Label>) -> Space {
        Space {
            shared: Arc::new(Shared {
                lease,
                label,
                root: Mutex::new(Root::Unused),
                ledger: Mutex::new(Ledger::default()),
                watched: Mutex::new(Watched::default()),
            }),
        }
    }

    /// Whose space it is.
    pub fn label(&self) -> Option<&Label> {
        self.shared.label.as_ref()
    }

    /// Ends the space: waits up to [`END_WAIT`] for writes in flight, deletes everything, counts what is left.
    ///
    /// Blocks the thread; [`end_async`](Space::end_async) does not.
    pub fn end(self) -> Report {
        self.shared.end()
    }

    /// As [`end`](Space::end), on tokio's blocking pool.
    ///
    /// The deletion has started when this future is first polled and goes on when it is dropped.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub async fn end_async(self) -> Report {
        match tokio::task::spawn_blocking(move || self.end()).await {
            Ok(report) => report,
            // Nobody aborts it: the only other reason is a panic in it, which goes on where it would have without us.
            Err(failed) => std::panic::resume_unwind(failed.into_panic()),
        }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        self.shared.end();
    }
}

/// What a store's data holds of a space.
#[derive(Debug)]
pub(crate) struct Shared {
    lease: Arc<Lease>,
    label: Option<Label>,
    root: Mutex<Root>,
    ledger: Mutex<Ledger>,
    watched: Mutex<Watched>,
}

#[derive(Debug)]
enum Root {
    /// Nothing has been made yet.
    Unused,
    /// The directory of this name in the lease's spaces.
    Live { name: String, dir: Arc<File> },
    /// Over: nothing can be made any more.
    Ended,
}

impl Shared {
    /// The space's directory, made now if it was not yet.
    ///
    /// # Errors
    ///
    /// Of `mkdir` and `open`; `NotFound` when the space has ended.
    pub(crate) fn root(&self) -> io::Result<Arc<File>> {
        let mut root = lock(&self.root);
        match &*root {
            Root::Live { dir, .. } => Ok(Arc::clone(dir)),
            Root::Ended => Err(io::ErrorKind::NotFound.into()),
            Root::Unused => {
                let name = names::random();
                let spaces = self.lease.spaces();
                rustix::fs::mkdirat(spaces, &name, rustix::fs::Mode::RWXU)?;
                let opened = match open_dir(spaces, &name) {
                    Ok(opened) => Arc::new(File::from(opened)),
                    Err(error) => {
                        let _ = rustix::fs::unlinkat(spaces, &name, rustix::fs::AtFlags::REMOVEDIR);
                        return Err(error.into());
                    }
                };
                self.watch(&opened);
                let dir = Arc::clone(&opened);
                *root = Root::Live { name, dir };
                Ok(opened)
            }
        }
    }

    /// The space's directory if it has been made and not ended.
    pub(crate) fn root_if_used(&self) -> Option<Arc<File>> {
        match &*lock(&self.root) {
            Root::Live { dir, .. } => Some(Arc::clone(dir)),
            Root::Unused | Root::Ended => None,
        }
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    pub(crate) fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Remembers an open file or directory of the space: the end waits until nobody holds it.
    pub(crate) fn watch(&self, file: &Arc<File>) {
        lock(&self.watched).add(file);
    }

    /// Deletes whatever stands under `path`, a path in the space; called for what a provider left behind.
    pub(crate) fn remove_path(&self, path: &str) -> Removed {
        let Some(root) = self.root_if_used() else {
            return Removed::default();
        };
        match path.rsplit_once('/') {
            None => remove::remove(&*root, path, self.lease.trash()),
            Some((dir, name)) => match remove::open_beneath(root.as_fd(), dir) {
                Ok(dir) => remove::remove(dir, name, self.lease.trash()),
                Err(_) => Removed::default(),
            },
        }
    }

    fn end(&self) -> Report {
        let root = std::mem::replace(&mut *lock(&self.root), Root::Ended);
        let started = Instant::now();
        let mut report = Report {
            label: self.label.as_ref().map(|label| label.as_str().to_owned()),
            ..Report::default()
        };
        if let Root::Live { name, dir } = root {
            drop(dir);
            let in_flight = self.wait_for_work();
            let started = Instant::now();
            self.delete(&name, &mut report);
            report.receipt.microseconds = micros(started.elapsed());
            for _ in 0..in_flight {
                residue(
                    &mut report,
                    "(open file)".to_owned(),
                    format!("still being written after {END_WAIT:?}"),
                );
            }
        } else {
            report.receipt.microseconds = micros(started.elapsed());
        }
        let mut ledger = self.ledger();
        ledger.end_all();
        (report.files, report.directories) = ledger.totals();
        (report.violation_count, report.violations) = ledger.violations();
        report
    }

    /// Waits until no operation holds a file of the space open. Returns how many still do at the end of the wait.
    fn wait_for_work(&self) -> usize {
        let deadline = Instant::now() + END_WAIT;
        loop {
            let busy = lock(&self.watched).busy();
            if busy == 0 || Instant::now() >= deadline {
                return busy;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn delete(&self, name: &str, report: &mut Report) {
        let (spaces, trash) = (self.lease.spaces(), self.lease.trash());
        let removed = remove::remove(spaces, name, trash);
        // The space's own directory is not something a program made.
        report.receipt = Receipt {
            entries_found: removed.entries.saturating_sub(1),
            bytes_found: removed.bytes,
            ..Receipt::default()
        };
        for (entry, error) in removed.failures {
            residue(report, entry, error.to_string());
        }
        match remove::count(spaces, name) {
            Ok(0) => {}
            Ok(left) => {
                report.receipt.entries_left = left;
                // Out of the reach of whoever holds a descriptor of the spaces.
                let _ = rustix::fs::renameat(spaces, name, trash, name);
            }
            Err(error) => residue(report, name.to_owned(), format!("failed to count: {error}")),
        }
    }
}

fn residue(report: &mut Report, entry: String, reason: String) {
    report.residue_count += 1;
    if report.residue.len() < MAX_LISTED {
        report.residue.push(Residue { entry, reason });
    }
}

/// The open files of a space, without holding them.
#[derive(Debug, Default)]
struct Watched {
    files: Vec<Weak<File>>,
    /// When the list is this long, those that are gone are taken out of it.
    prune_at: usize,
}

impl Watched {
    fn add(&mut self, file: &Arc<File>) {
        if self.files.len() >= self.prune_at.max(64) {
            self.files.retain(|file| file.strong_count() > 0);
            self.prune_at = 2 * self.files.len();
        }
        self.files.push(Arc::downgrade(file));
    }

    fn busy(&mut self) -> usize {
        self.files.retain(|file| file.strong_count() > 0);
        self.files.len()
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// A lock whose holder panicked is still a lock: what it guards is put right by every change of it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
