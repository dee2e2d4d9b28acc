//! One instance's space: a private directory under the host directory, made on first use, gone when the space ends.
//!
//! The owner of a [`Space`] lives outside the store that uses it and ends it after the store is gone. What the store's
//! data holds is a [`Shared`], which stops working at the end.

use std::collections::HashMap;
use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use rustix::fs::RenameFlags;
use rustix::io::Errno;

use crate::base::{Lease, SPACES};
use crate::budget::{Budget, InodeId, Limits, Usage};
use crate::dir;
use crate::label::{Label, space_name};
use crate::ledger::{Ledger, Outside};
use crate::look;
use crate::remove::{Removed, Remover, Stuck};
use crate::report::{MAX_LISTED, Receipt, Report, Residue};

/// How long the end of a space waits for operations that are still running in the background.
///
/// They are writes of at most a few MiB that have already started and cannot be cancelled; on a healthy disk they take
/// milliseconds. After that what they hold open is reported as residue.
pub const END_WAIT: Duration = Duration::from_secs(5);

/// The scratch space of one instance, request or session. Made by [`Base::space`](crate::Base::space).
///
/// Ending it deletes everything in it and hands out the [`Report`]. End it after the store that uses it is gone: until
/// then a program may still write, and the end has to wait for it. One space may serve several stores, one after another
/// or at once, as a session: what a program left in it stands until the space ends or is [reset](Space::reset).
///
/// A `Space` that is dropped without being ended is [deferred](Space::defer), and nobody sees the report.
#[derive(Debug)]
#[must_use = "end the space to delete its files and to get the report"]
pub struct Space {
    shared: Arc<Shared>,
}

impl Space {
    pub(crate) fn new(lease: Arc<Lease>, label: Option<Label>, limits: Limits) -> Space {
        let budget = Budget::new(label.clone(), limits, Arc::clone(lease.budget()));
        lease.budget().space_made();
        Space {
            shared: Arc::new(Shared {
                lease,
                label,
                budget,
                root: Mutex::new(Root::Unused),
                ledger: Mutex::new(Ledger::default()),
                watched: Mutex::new(Watched::default()),
                refused: Mutex::new(Refused::default()),
                report: Mutex::new(None),
            }),
        }
    }

    /// Whose space it is.
    pub fn label(&self) -> Option<&Label> {
        self.shared.label.as_ref()
    }

    /// What may be in it.
    pub fn limits(&self) -> Limits {
        *self.shared.budget.limits()
    }

    /// What is charged to it now, and was at most.
    pub fn usage(&self) -> Usage {
        self.shared.budget.usage()
    }

    /// Paths of everything that stands in the space now, relative to it, sorted. What a file holds in memory is not among
    /// it. A path that is not UTF-8 is shown with replacement characters.
    pub fn entries(&self) -> Vec<String> {
        let mut entries = Vec::new();
        if let Some(root) = self.shared.root_if_used() {
            look::walk(root.as_fd(), ".", |path, _| {
                entries.push(path.strip_prefix("./").unwrap_or(path).to_owned());
            });
        }
        entries.sort();
        entries
    }

    /// The path of the space's directory on the host, made now if it was not yet: for a process that is given it instead of
    /// an instance. Whoever has it is not held to anything here.
    ///
    /// # Errors
    ///
    /// Of `mkdir` and `open`.
    pub fn dir(&self) -> io::Result<PathBuf> {
        self.shared.root()?;
        match &*lock(&self.shared.root) {
            Root::Live { name, .. } => Ok(self.shared.lease.host_path().join(SPACES).join(name)),
            Root::Unused | Root::Ended => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Ends the space: waits up to [`END_WAIT`] for writes in flight, deletes everything, counts what is left.
    ///
    /// Blocks the thread; [`end_async`](Space::end_async) does not.
    pub fn end(self) -> Report {
        self.shared.end(None, Holders::Awaited)
    }

    /// As [`end`](Space::end), on tokio's blocking pool.
    ///
    /// The deletion has started when this future is first polled and goes on when it is dropped. If the runtime is shut
    /// down before it runs, the space is [deferred](Space::defer).
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub async fn end_async(self) -> Report {
        if self.shared.was_never_used() {
            // Not worth a thread.
            return self.end();
        }
        let shared = Arc::clone(&self.shared);
        match tokio::task::spawn_blocking(move || self.end()).await {
            Ok(report) => report,
            Err(failed) => match failed.try_into_panic() {
                // A panic goes on where it would have without us.
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is being shut down and never ran it: so the space was dropped, which defers it.
                Err(_) => shared.defer(),
            },
        }
    }

    /// As [`end`](Space::end), but what a program left is moved to a new directory in `dir` instead of being deleted, to
    /// be looked at: [`Report::kept_in`]. Nothing is made there for a space in which nothing is left.
    ///
    /// Symbolic links are deleted and [counted](Report::links_left_out), because outside of the space they could lead anywhere.
    ///
    /// What cannot be moved, such as to another file system, is deleted, and [`Report::residue`] says why.
    pub fn end_keeping(self, dir: &Path) -> Report {
        self.shared.end(Some(dir), Holders::Awaited)
    }

    /// As [`end`](Space::end), or [`end_keeping`](Space::end_keeping) with a directory, for a process that exits right
    /// afterwards while a call of the kernel that never returns still holds the store.
    ///
    /// Files that the store has open are not waited for, and are no residue, because the kernel frees them when the process
    /// exits. Every entry is deleted and counted as ever.
    ///
    /// Blocks the thread.
    pub fn end_at_exit(self, keep: Option<&Path>) -> Report {
        self.shared.end(keep, Holders::Abandoned)
    }

    /// Ends the space without waiting for anything: one rename puts it out of reach, and the base's background thread
    /// removes it. The report counts handles only, and says that it is [deferred](Report::deferred);
    /// [`Base::drain`](crate::Base::drain) waits for the rest.
    pub fn defer(self) -> Report {
        self.shared.defer()
    }

    /// Deletes everything in the space, and the space goes on, under the same label: for an instance that serves call after
    /// call. The report is about the time since the space was made, or last reset.
    ///
    /// Call it while no call of the program is in progress. Handles and descriptors that the program still has stay, with
    /// nothing behind them but what they hold in memory: their files are not there any more.
    ///
    /// Blocks the thread.
    pub fn reset(&mut self) -> Report {
        self.shared.reset()
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        // Nothing, if it has been ended.
        self.shared.defer();
    }
}

/// What a store's data holds of a space.
#[derive(Debug)]
pub(crate) struct Shared {
    lease: Arc<Lease>,
    label: Option<Label>,
    budget: Arc<Budget>,
    root: Mutex<Root>,
    ledger: Mutex<Ledger>,
    watched: Mutex<Watched>,
    refused: Mutex<Refused>,
    /// Once it has ended.
    report: Mutex<Option<Report>>,
}

/// What becomes of those who still have files of the space open at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holders {
    /// They are waited for, up to [`END_WAIT`].
    Awaited,
    /// They end with the process.
    Abandoned,
}

/// What there is to be done at the end.
struct Ending {
    /// The space's directory, if it was made.
    name: Option<String>,
    /// What a `persist` that was cut short left in granted directories.
    unfinished: Vec<Outside>,
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
    /// Of `mkdir` and `open`; `NotFound` when the space has ended; that of a full quota when the base has no more open files
    /// to give.
    pub(crate) fn root(&self) -> io::Result<Arc<File>> {
        let mut root = lock(&self.root);
        match &*root {
            Root::Live { dir, .. } => Ok(Arc::clone(dir)),
            Root::Ended => Err(io::ErrorKind::NotFound.into()),
            Root::Unused => {
                if !self.lease.budget().open_space() {
                    return Err(Errno::DQUOT.into());
                }
                let (name, opened) = match self.make_root() {
                    Ok(made) => made,
                    Err(error) => {
                        self.lease.budget().close_space();
                        return Err(error.into());
                    }
                };
                tracing::debug!(label = self.label_text(), space = name, "space made");
                self.watch(&opened);
                let dir = Arc::clone(&opened);
                *root = Root::Live { name, dir };
                Ok(opened)
            }
        }
    }

    fn make_root(&self) -> rustix::io::Result<(String, Arc<File>)> {
        let name = space_name(self.label.as_ref(), self.budget.limits());
        let spaces = self.lease.spaces();
        rustix::fs::mkdirat(spaces, &name, rustix::fs::Mode::RWXU)?;
        match dir::open(spaces, &name) {
            Ok(opened) => Ok((name, Arc::new(File::from(opened)))),
            Err(error) => {
                let _ = rustix::fs::unlinkat(spaces, &name, rustix::fs::AtFlags::REMOVEDIR);
                Err(error)
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

    pub(crate) fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    /// For events.
    pub(crate) fn label_text(&self) -> &str {
        self.label.as_ref().map_or("-", Label::as_str)
    }

    /// Puts the charge right by a look at everything that is there: after something was removed, or moved out, without
    /// knowing what it was.
    pub(crate) fn recount(&self) {
        let Some(root) = self.root_if_used() else { return };
        let mut named = HashMap::new();
        let size = look::size_and_files(root.as_fd(), c".", |stat| {
            named.insert(InodeId::of(stat), u64::try_from(stat.st_size).unwrap_or(0));
        });
        self.budget.found(size.entries.saturating_sub(1), size.bytes, &named);
    }

    pub(crate) fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Remembers an open file or directory of the space: the end waits until nobody holds it.
    pub(crate) fn watch(&self, file: &Arc<File>) {
        lock(&self.watched).add(file);
    }

    /// Whether anything may stand under one of `paths`, paths in the space.
    pub(crate) fn may_stand(&self, paths: &[String]) -> bool {
        // What cannot be looked at may be there: the removal finds out.
        self.root_if_used()
            .is_some_and(|root| paths.iter().any(|path| look::exists(&*root, path).unwrap_or(true)))
    }

    /// Removes what stands under `path`, a path in the space, and gives back what was charged for it. Nobody else may change
    /// names meanwhile.
    ///
    /// # Errors
    ///
    /// The first one met, if something refuses to go: it is out of the program's reach, or is tried again when the space ends.
    pub(crate) fn remove(&self, path: &str) -> io::Result<()> {
        let Some(root) = self.root_if_used() else {
            return Ok(());
        };
        let remover = self.remover().charged_to(&self.budget);
        let removed = match remover.remove_beneath(&*root, path) {
            Ok(removed) => removed,
            // Its directory has gone, and it with that.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if removed.is_uncertain || !removed.failures.is_empty() {
            self.recount();
        }
        lock(&self.refused).stuck.extend(removed.stuck);
        match removed.failures.into_iter().next() {
            Some((_, error)) => Err(error),
            None => Ok(()),
        }
    }

    /// Removes what stands under `paths`, paths in the space, and says which did.
    pub(crate) fn clear(&self, paths: Vec<String>) -> Vec<String> {
        let Some(root) = self.root_if_used() else {
            return Vec::new();
        };
        let stood = |path: &String| {
            let Ok(removed) = self.remover().remove_beneath(&*root, path) else {
                // Its directory has gone, and it with that.
                return false;
            };
            let stood = removed.entries > 0 || !removed.failures.is_empty();
            // What refuses to go is tried again, and reported if it still does, when the space ends.
            lock(&self.refused).stuck.extend(removed.stuck);
            stood
        };
        let stood: Vec<String> = paths.into_iter().filter(stood).collect();
        if !stood.is_empty() {
            self.recount();
        }
        stood
    }

    /// Counts the symbolic links below the directory at `path` in the space, as far as it can be looked at.
    pub(crate) fn links(&self, path: &str) -> u64 {
        let opened = self.root_if_used().map(|root| dir::open_beneath(root.as_fd(), path));
        match opened {
            Some(Ok(opened)) => look::for_each_link(opened.as_fd(), |_, _| Ok(())).unwrap_or(0),
            _ => 0,
        }
    }

    /// Takes back what a `persist` left in a granted directory on the way to its target, and says what was there. A name
    /// that is somebody else's by now is left alone, and so is one under which nothing was made.
    pub(crate) fn withdraw(&self, announced: Vec<Outside>) -> Vec<String> {
        let stood = |announced: &Outside| {
            let Some(made) = announced.made.get() else { return false };
            let removed = if announced.is_target {
                made.take_back(&*announced.dir, &announced.name)
            } else {
                made.take_back_tree(&*announced.dir, &announced.name, self.lease.reserve())
            };
            let stood = removed.entries > 0 || !removed.failures.is_empty();
            lock(&self.refused).add(removed);
            stood
        };
        announced.into_iter().filter(stood).map(|made| made.name).collect()
    }

    /// Whether the end has neither to wait nor to delete.
    fn was_never_used(&self) -> bool {
        matches!(*lock(&self.root), Root::Unused) && self.ledger().has_none_open()
    }

    /// From now on nothing can be made. `None` if that was so already.
    fn stop(&self) -> Option<Ending> {
        let name = match std::mem::replace(&mut *lock(&self.root), Root::Ended) {
            Root::Live { name, dir } => {
                drop(dir);
                self.lease.budget().close_space();
                Some(name)
            }
            Root::Unused => None,
            // Ended before the drop.
            Root::Ended => return None,
        };
        // What is still being written is waited for, or residue.
        self.budget.forget_writes();
        let unfinished = self.ledger().end_all();
        Some(Ending { name, unfinished })
    }

    fn end(&self, keep: Option<&Path>, holders: Holders) -> Report {
        let Some(Ending { name, unfinished }) = self.stop() else {
            return lock(&self.report).clone().unwrap_or_default();
        };
        let in_flight = match holders {
            Holders::Awaited => self.wait_for_work(name.as_deref(), &unfinished),
            Holders::Abandoned => 0,
        };
        let started = Instant::now();
        self.withdraw(unfinished);
        let mut report = self.new_report();
        if let (Some(name), Some(dir)) = (&name, keep) {
            self.keep(name, dir, &mut report);
        }
        if let (Some(name), None) = (&name, &report.kept_in) {
            self.delete(name, &mut report.receipt);
        }
        report.receipt.microseconds = micros(started.elapsed());
        for _ in 0..in_flight {
            let reason = format!("still in use after {END_WAIT:?}");
            residue(&mut report, "(open file)".to_owned(), reason);
        }
        self.fill(&mut report);
        self.budget.ended();
        self.lease.recount_residue();
        self.has_ended(&report);
        *lock(&self.report) = Some(report.clone());
        // Others' residue may go by now.
        self.lease.retry();
        report
    }

    fn defer(self: &Arc<Shared>) -> Report {
        let Some(Ending { name, unfinished }) = self.stop() else {
            return lock(&self.report).clone().unwrap_or_default();
        };
        let mut report = self.new_report();
        self.fill(&mut report);
        if name.is_some() || !unfinished.is_empty() {
            report.deferred = true;
            let (spaces, trash) = (self.lease.spaces(), self.lease.trash());
            let is_moved = name
                .as_ref()
                .is_some_and(|name| rustix::fs::renameat(spaces, name, trash, name).is_ok());
            let shared = Arc::clone(self);
            self.lease.reap(move |lease| {
                shared.wait_for_work(name.as_deref(), &unfinished);
                shared.withdraw(unfinished);
                let mut removed = match &name {
                    Some(name) if is_moved => lease.remover().remove_from_trash(name, name),
                    Some(name) => shared.remover().remove(lease.spaces(), name),
                    None => Removed::default(),
                };
                let earlier = std::mem::take(&mut *lock(&shared.refused));
                removed.failures.extend(earlier.failures);
                for stuck in earlier.stuck {
                    removed.add(lease.remover().remove_from_trash(&stuck.name, &stuck.path));
                }
                // What stands is residue, and charged as that.
                shared.budget.ended();
                removed
            });
        } else {
            self.budget.ended();
        }
        self.has_ended(&report);
        *lock(&self.report) = Some(report.clone());
        report
    }

    fn reset(&self) -> Report {
        let started = Instant::now();
        let unfinished = self.ledger().restart();
        self.withdraw(unfinished);
        let mut report = self.new_report();
        if let Some(root) = self.root_if_used() {
            let mut removed = self.remover().clear(&*root);
            removed.add(self.unstick());
            let receipt = &mut report.receipt;
            receipt.bytes_found = removed.bytes;
            receipt.entries_left = look::size(root.as_fd(), c".").entries.saturating_sub(1);
            receipt.entries_found = removed.entries + receipt.entries_left;
            lock(&self.refused).add(removed);
        }
        report.receipt.microseconds = micros(started.elapsed());
        self.fill(&mut report);
        self.ledger().forget_counts();
        self.recount();
        self.budget.restart();
        self.has_ended(&report);
        report
    }

    /// Tells who listens.
    fn has_ended(&self, report: &Report) {
        self.lease.budget().space_ended(report);
        tracing::debug!(
            label = self.label_text(),
            made = report.made(),
            found = report.receipt.entries_found,
            left = report.receipt.entries_left,
            deferred = report.deferred,
            "space ended"
        );
        for residue in &report.residue {
            let Residue { entry, reason } = residue;
            tracing::warn!(label = self.label_text(), entry, reason, "residue");
        }
    }

    fn new_report(&self) -> Report {
        Report {
            label: self.label.as_ref().map(|label| label.as_str().to_owned()),
            ..Report::default()
        }
    }

    /// Writes down what refused to go, and what became of the handles.
    fn fill(&self, report: &mut Report) {
        for (entry, error) in std::mem::take(&mut lock(&self.refused).failures) {
            residue(report, entry, error.to_string());
        }
        report.usage = self.budget.usage();
        report.by_path = self.budget.made_by_path();
        let ledger = self.ledger();
        (report.files, report.directories) = ledger.totals();
        (report.violation_count, report.violations) = ledger.violations();
        report.links_left_out += ledger.links_left_out();
    }

    fn remover(&self) -> Remover<'_> {
        self.lease.remover().in_space(self.label.as_ref())
    }

    /// Tries what refused to go earlier once more.
    fn unstick(&self) -> Removed {
        let mut removed = Removed::default();
        for stuck in std::mem::take(&mut lock(&self.refused).stuck) {
            removed.add(self.lease.remover().remove_from_trash(&stuck.name, &stuck.path));
        }
        removed
    }

    /// Moves the space's directory into `dir` if anything but symbolic links is in it.
    ///
    /// The links are deleted before: nobody uses the space any more, and what cannot be moved is deleted anyway.
    fn keep(&self, name: &str, dir: &Path, report: &mut Report) {
        let moved = self.delete_links(name, report).and_then(|()| {
            let size = look::size(self.lease.spaces().as_fd(), &CString::new(name).unwrap_or_default());
            if size.entries <= 1 {
                return Ok(None);
            }
            let target = dir.join(name);
            let flags = RenameFlags::NOREPLACE;
            match rustix::fs::renameat_with(self.lease.spaces(), name, rustix::fs::CWD, &target, flags) {
                // A file system that does not know the flag: the name is random.
                Err(Errno::INVAL) => rustix::fs::renameat(self.lease.spaces(), name, rustix::fs::CWD, &target)?,
                renamed => renamed?,
            }
            Ok(Some((target, size)))
        });
        match moved {
            Ok(Some((target, size))) => {
                report.kept_in = Some(target.to_string_lossy().into_owned());
                report.receipt.entries_found = size.entries - 1;
                report.receipt.bytes_found = size.bytes;
            }
            Ok(None) => {}
            Err(error) => {
                let reason = format!("could not be kept in `{}`: {error}", dir.display());
                residue(report, "(what was to be kept)".to_owned(), reason);
            }
        }
    }

    /// Deletes and counts all symbolic links in the space's directory. Outside of the space they would lead anywhere.
    fn delete_links(&self, name: &str, report: &mut Report) -> rustix::io::Result<()> {
        let root = dir::open(self.lease.spaces(), name)?;
        report.links_left_out += look::for_each_link(root.as_fd(), |dir, link| {
            rustix::fs::unlinkat(dir, link, rustix::fs::AtFlags::empty())
        })?;
        Ok(())
    }

    /// Waits until no operation holds a file of the space, or a directory of `unfinished` beside our own hold on it.
    /// Returns how many are still held at the end of the wait.
    fn wait_for_work(&self, name: Option<&str>, unfinished: &[Outside]) -> usize {
        if name.is_none() && unfinished.is_empty() {
            return 0;
        }
        let dirs: Vec<Weak<File>> = unfinished.iter().map(|made| Arc::downgrade(&made.dir)).collect();
        let deadline = Instant::now() + END_WAIT;
        loop {
            let busy = lock(&self.watched).busy(&dirs);
            if busy == 0 || Instant::now() >= deadline {
                return busy;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn delete(&self, name: &str, receipt: &mut Receipt) {
        let (spaces, trash) = (self.lease.spaces(), self.lease.trash());
        let mut removed = self.remover().remove(spaces, name);
        receipt.bytes_found = removed.bytes;
        let gone = removed.entries;
        // A path in the space: its own name means nothing to anybody.
        for (path, _) in &mut removed.failures {
            if let Some(inside) = path.strip_prefix(name).and_then(|path| path.strip_prefix('/')) {
                *path = inside.to_owned();
            }
        }
        removed.add(self.unstick());
        let stands = look::count(spaces, name);
        if stands.as_ref().is_ok_and(|stands| *stands > 0) && rustix::fs::renameat(spaces, name, trash, name).is_ok() {
            // Out of the reach of whoever holds a descriptor of the spaces.
            removed.stuck.push(Stuck {
                name: name.to_owned(),
                path: name.to_owned(),
            });
        }
        let aside = removed.stuck.iter().filter(|stuck| stuck.name != name);
        let aside = aside.map(|stuck| look::count(trash, &stuck.name));
        match stands.and_then(|stands| Ok(stands + aside.sum::<io::Result<u64>>()?)) {
            Ok(left) => receipt.entries_left = left,
            Err(error) => removed.failures.push((name.to_owned(), error)),
        }
        // The space's own directory is not something a program made.
        receipt.entries_found = (gone + receipt.entries_left).saturating_sub(1);
        self.lease.is_stuck(std::mem::take(&mut removed.stuck));
        lock(&self.refused).add(removed);
    }
}

fn residue(report: &mut Report, entry: String, reason: String) {
    report.residue_count += 1;
    if report.residue.len() < MAX_LISTED {
        report.residue.push(Residue { entry, reason });
    }
}

/// What refused to be removed in the life of a space.
#[derive(Debug, Default)]
struct Refused {
    failures: Vec<(String, io::Error)>,
    /// What stands in the trash for that, or stood there when it was last tried.
    stuck: Vec<Stuck>,
}

impl Refused {
    fn add(&mut self, removed: Removed) {
        self.failures.extend(removed.failures);
        self.stuck.extend(removed.stuck);
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

    /// How many are held by somebody else than by us, who hold each of `ours` once.
    fn busy(&mut self, ours: &[Weak<File>]) -> usize {
        self.files.retain(|file| {
            let held_by_us = ours.iter().filter(|dir| Weak::ptr_eq(dir, file)).count();
            file.strong_count() > held_by_us
        });
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Instant;

    use rustix::fs::{IFlags, ioctl_getflags, ioctl_setflags};

    use super::END_WAIT;
    use crate::Base;

    /// Makes what is in `dir` impossible to delete, or possible again. Root is stopped by nothing but an immutable directory.
    fn freeze(dir: &Path, frozen: bool) -> std::io::Result<()> {
        if !rustix::process::geteuid().is_root() {
            return fs::set_permissions(dir, fs::Permissions::from_mode(if frozen { 0o500 } else { 0o700 }));
        }
        let opened = fs::File::open(dir)?;
        let mut flags = ioctl_getflags(&opened)?;
        flags.set(IFlags::IMMUTABLE, frozen);
        Ok(ioctl_setflags(&opened, flags)?)
    }

    #[test]
    fn what_refuses_to_go_and_goes_later_is_no_residue() {
        let place = tempfile::tempdir().expect("a directory");
        let base = Base::open(place.path().join("base")).expect("a base");
        let space = base.space(None);
        space.shared().root().expect("its directory");
        let host = fs::read_dir(base.path())
            .expect("the base")
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.is_dir())
            .expect("the host directory");
        let only = |dir: &Path| {
            fs::read_dir(dir)
                .expect("it is there")
                .next()
                .expect("one entry")
                .expect("it")
                .path()
        };
        let root = only(&host.join("spaces"));

        // Two levels down, so that the directory around what is frozen is moved to the trash.
        for dir in ["near", "far/middle/near"] {
            fs::create_dir_all(root.join(dir)).expect("a directory");
            fs::write(root.join(dir).join("file"), "stays").expect("a file");
            if let Err(error) = freeze(&root.join(dir), true) {
                eprintln!("skipped: nothing can be made immutable here: {error}");
                return;
            }
        }
        let left = space.shared().clear(vec!["near".to_owned(), "far".to_owned()]);
        assert_eq!(left, ["near", "far"]);
        freeze(&root.join("near"), false).expect("it stands where it stood");
        freeze(&only(&host.join("trash")).join("near"), false).expect("it stands in the trash");

        let report = space.end();
        assert_eq!((report.residue_count, report.receipt.entries_left), (0, 0), "{report}");
        drop(base);
        assert!(!host.exists(), "something is left");
    }

    #[test]
    fn a_file_that_is_open_until_the_process_exits_is_neither_waited_for_nor_residue() {
        let place = tempfile::tempdir().expect("a directory");
        let base = Base::open(place.path().join("base")).expect("a base");
        let kept = place.path().join("kept");
        fs::create_dir(&kept).expect("a directory");
        for keep in [None, Some(kept.as_path())] {
            let space = base.space(None);
            let path = space.dir().expect("its directory").join("held");
            let held = Arc::new(fs::File::create(&path).expect("a file"));
            space.shared().watch(&held);
            let started = Instant::now();
            let report = space.end_at_exit(keep);
            assert!(started.elapsed() < END_WAIT, "it waited for the file");
            assert!(report.is_clean(), "{report}");
            assert_eq!(report.receipt.entries_found, 1, "{report}");
            assert_eq!(report.kept_in.is_some(), keep.is_some());
            assert!(!path.exists());
        }
    }

    #[test]
    fn what_cannot_be_removed_is_charged_to_the_base_until_it_goes() {
        let place = tempfile::tempdir().expect("a directory");
        let base = Base::open(place.path().join("base")).expect("a base");
        let stays = |count: u64| {
            let space = base.space(None);
            let dir = space.dir().expect("it is made").join("stays");
            fs::create_dir(&dir).expect("a directory");
            fs::write(dir.join("file"), "bytes").expect("a file");
            if let Err(error) = freeze(&dir, true) {
                eprintln!("skipped: nothing can be made immutable here: {error}");
                return false;
            }
            assert_eq!(space.end().residue_count, 1);
            base.drain();
            let counters = base.counters();
            assert_eq!(counters.residue, count, "{counters:#?}");
            // The space's own directory or its place in the trash, the directory, the file.
            assert!(counters.entries.now >= 2 * count, "{counters:#?}");
            assert_eq!(counters.bytes.now, 5 * count, "{counters:#?}");
            true
        };
        if !stays(1) || !stays(2) {
            return;
        }
        let trash = base.space(None).shared().lease().host_path().join("trash");
        let mut below = vec![trash];
        while let Some(dir) = below.pop() {
            for entry in fs::read_dir(&dir).expect("it is there").flatten() {
                let _ = freeze(&entry.path(), false);
                if entry.path().is_dir() {
                    below.push(entry.path());
                }
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(1100));
        base.space(None).end();
        base.drain();
        let counters = base.counters();
        assert_eq!((counters.bytes.now, counters.entries.now), (0, 0), "{counters:#?}");
    }

    #[test]
    fn a_deferred_space_waits_for_work_in_flight() {
        let place = tempfile::tempdir().expect("a directory");
        let base = Base::open(place.path().join("base")).expect("a base");
        let space = base.space(None);
        let file = fs::File::create(space.dir().expect("it is made").join("file")).expect("a file");
        let file = std::sync::Arc::new(file);
        space.shared().watch(&file);
        let host = space.shared().lease().host_path();
        assert!(space.defer().deferred);
        let stands = || fs::read_dir(host.join("trash")).expect("it is there").count();
        std::thread::sleep(std::time::Duration::from_millis(100));
        assert_eq!(stands(), 1, "it was removed under a write");
        drop(file);
        assert_eq!(base.drain().entries, 2);
        assert_eq!(stands(), 0);
    }
}
