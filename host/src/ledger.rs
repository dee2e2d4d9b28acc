//! The ledger: which handle made what in the space, and how each handle ended.
//!
//! Ownership goes by (directory, name): an entry belongs to the handle during whose call the provider made it, and
//! whatever stands under that name when the handle is dropped has to be gone. Paths here are relative to the space's
//! root, without `.` and `..`.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::sync::{Arc, OnceLock};

use crate::budget::Taken;
use crate::outside::Made;
use crate::report::{Counts, MAX_LISTED, Violation};

/// A handle that a program holds; never used twice in a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct HandleId(u64);

/// What a handle stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
}

impl Kind {
    pub(crate) fn resource(self) -> &'static str {
        match self {
            Kind::File => "temporary-file",
            Kind::Directory => "temporary-directory",
        }
    }
}

/// How a handle ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Dropped,
    Closed,
    Kept,
    Persisted,
    ByHost,
}

impl End {
    /// The function of the contract that ended it.
    pub(crate) fn call(self) -> &'static str {
        match self {
            End::Dropped => "drop",
            End::Closed => "close",
            End::Kept => "keep",
            End::Persisted => "persist",
            End::ByHost => "none",
        }
    }
}

/// An entry that a provider makes in a granted directory, in the window of a `persist`.
#[derive(Debug)]
pub(crate) struct Outside {
    pub(crate) dir: Arc<File>,
    pub(crate) name: String,
    /// Whether it is the name that the program asked for.
    pub(crate) is_target: bool,
    /// Whether it came there whole, by a rename or a link.
    pub(crate) is_whole: bool,
    /// What was made, once that is known. Without it nothing there is the provider's: the name may be anybody's.
    pub(crate) made: Arc<OnceLock<Made>>,
    /// The descriptor that holds it.
    pub(crate) _open: Taken,
}

impl Outside {
    /// Whether it is what the program asked for, rather than a part of it or a copy on the way to it.
    fn is_published(&self) -> bool {
        self.is_target && self.is_whole
    }

    /// Whether it stays after a `persist` that ended so.
    pub(crate) fn stays(&self, succeeded: bool) -> bool {
        self.is_published() || self.is_target && succeeded
    }
}

#[derive(Debug)]
struct Handle {
    kind: Kind,
    /// Whether the program has it: until then it counts for nothing.
    is_out: bool,
    parent: Option<HandleId>,
    /// The first entry that was made for it: where a directory stands, or stood until its drop.
    place: Option<String>,
    /// The open handles of what was made in this directory.
    children: BTreeSet<HandleId>,
    entries: BTreeSet<String>,
    outside: Vec<Outside>,
}

/// Everything that is known about the handles of one space.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    next: u64,
    open: HashMap<HandleId, Handle>,
    /// What a provider made while no handle's call was in progress.
    ownerless: BTreeSet<String>,
    files: Counts,
    directories: Counts,
    /// The open handles that the host itself provides: files, directories.
    native: [u64; 2],
    /// How often the space was emptied: handles of before that are not counted any more.
    restarts: u64,
    violations: Vec<Violation>,
    violation_count: u64,
    links_left_out: u64,
}

/// A handle that the host itself provides: it is counted, and what it owns it knows itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    kind: Kind,
    restarts: u64,
}

impl Counted {
    pub(crate) fn kind(self) -> Kind {
        self.kind
    }
}

impl Ledger {
    /// A handle that is about to be made, in the directory of `parent` if there is one.
    pub(crate) fn begin(&mut self, kind: Kind, parent: Option<HandleId>) -> HandleId {
        let id = HandleId(self.next);
        self.next += 1;
        let handle = Handle {
            kind,
            is_out: false,
            parent,
            place: None,
            children: BTreeSet::new(),
            entries: BTreeSet::new(),
            outside: Vec::new(),
        };
        if let Some(parent) = parent.and_then(|parent| self.open.get_mut(&parent)) {
            parent.children.insert(id);
        }
        self.open.insert(id, handle);
        id
    }

    /// The handle exists: the program holds it from now on.
    pub(crate) fn created(&mut self, id: HandleId) {
        if let Some(handle) = self.open.get_mut(&id) {
            handle.is_out = true;
            let kind = handle.kind;
            self.counts(kind).created += 1;
        }
    }

    /// A handle of the host's own exists.
    pub(crate) fn native_created(&mut self, kind: Kind) -> Counted {
        self.counts(kind).created += 1;
        self.native[index(kind)] += 1;
        Counted {
            kind,
            restarts: self.restarts,
        }
    }

    /// A handle of the host's own has ended.
    pub(crate) fn native_ended(&mut self, handle: Counted, end: End) {
        if handle.restarts == self.restarts {
            self.native[index(handle.kind)] -= 1;
            self.count(handle.kind, end);
        }
    }

    /// The host ends all of its own.
    fn end_native(&mut self) {
        for kind in [Kind::File, Kind::Directory] {
            self.counts(kind).by_host += std::mem::take(&mut self.native[index(kind)]);
        }
        self.restarts += 1;
    }

    /// The handle did not come to be. Gives back what was made for it.
    pub(crate) fn abandoned(&mut self, id: HandleId) -> Vec<String> {
        self.remove(id)
            .map_or_else(Vec::new, |handle| handle.entries.into_iter().collect())
    }

    /// The provider made `path` during a call of `owner`.
    pub(crate) fn made(&mut self, owner: Option<HandleId>, path: String) {
        match owner.and_then(|id| self.open.get_mut(&id)) {
            Some(handle) => {
                if handle.place.is_none() {
                    handle.place = Some(path.clone());
                }
                handle.entries.insert(path);
            }
            None => {
                self.ownerless.insert(path);
            }
        }
    }

    /// The provider took `path` away during a call of `owner`, or it is not the handle's any more.
    pub(crate) fn unmade(&mut self, owner: Option<HandleId>, path: &str) {
        let entries = match owner.and_then(|id| self.open.get_mut(&id)) {
            Some(handle) => &mut handle.entries,
            None => &mut self.ownerless,
        };
        entries.remove(path);
    }

    /// The provider is about to make something in a granted directory during a call of `owner`.
    pub(crate) fn announce_outside(&mut self, owner: HandleId, outside: Outside) {
        if let Some(handle) = self.open.get_mut(&owner) {
            handle.outside.push(outside);
        }
    }

    /// Forgets what was last announced by [`announce_outside`](Ledger::announce_outside), because it could not be made.
    pub(crate) fn forget_announced(&mut self, owner: HandleId) {
        if let Some(handle) = self.open.get_mut(&owner) {
            handle.outside.pop();
        }
    }

    /// Returns what was last made under `name` in `dir` during the calls of `owner`.
    pub(crate) fn made_outside(&self, owner: HandleId, dir: &Arc<File>, name: &str) -> Option<Arc<OnceLock<Made>>> {
        let mut outside = self.open.get(&owner)?.outside.iter().rev();
        let made = outside.find(|made| made.name == name && Arc::ptr_eq(&made.dir, dir))?;
        Some(Arc::clone(&made.made))
    }

    /// Forgets what was made under `name` in `dir` during a call of `owner`: the provider took it away itself.
    pub(crate) fn forget_outside(&mut self, owner: HandleId, dir: &Arc<File>, name: &str) {
        if let Some(handle) = self.open.get_mut(&owner) {
            handle
                .outside
                .retain(|made| !(made.name == name && Arc::ptr_eq(&made.dir, dir)));
        }
    }

    /// What the provider made in granted directories during the calls of `owner` since this was last asked.
    pub(crate) fn take_outside(&mut self, owner: HandleId) -> Vec<Outside> {
        self.open
            .get_mut(&owner)
            .map_or_else(Vec::new, |handle| std::mem::take(&mut handle.outside))
    }

    /// Whether `path` is, or is below, something that `owner` owns.
    pub(crate) fn owns(&self, owner: HandleId, path: &str) -> bool {
        self.open
            .get(&owner)
            .is_some_and(|handle| handle.entries.iter().any(|entry| is_within(path, entry)))
    }

    /// Whether `path`, or something below it, belongs to a handle that is neither `owner` nor made in its directory.
    pub(crate) fn is_others(&self, owner: Option<HandleId>, path: &str) -> bool {
        self.open
            .iter()
            .any(|(id, handle)| handle.entries.iter().any(|entry| is_within(entry, path)) && !self.descends(*id, owner))
    }

    /// Whether `id` is `ancestor`, or was made in its directory, or in one in that, and so on.
    fn descends(&self, id: HandleId, ancestor: Option<HandleId>) -> bool {
        let mut next = Some(id);
        while let Some(id) = next {
            if next == ancestor {
                return true;
            }
            next = self.open.get(&id).and_then(|handle| handle.parent);
        }
        false
    }

    /// Whether a directory that `id` was made in, or one that this was made in, has ended.
    pub(crate) fn is_detached(&self, id: HandleId) -> bool {
        let mut next = Some(id);
        while let Some(id) = next {
            let Some(handle) = self.open.get(&id) else {
                return true;
            };
            next = handle.parent;
        }
        false
    }

    /// Whether anything stands that was made for `id`.
    pub(crate) fn has_entries(&self, id: HandleId) -> bool {
        self.open.get(&id).is_some_and(|handle| !handle.entries.is_empty())
    }

    /// Whether no handle is open that may have left something outside.
    pub(crate) fn has_none_open(&self) -> bool {
        self.open.is_empty()
    }

    /// Returns the path of the directory of `id`.
    pub(crate) fn place(&self, id: HandleId) -> Option<String> {
        self.open.get(&id)?.place.clone()
    }

    /// What `id` owns, for the check after its drop.
    pub(crate) fn entries(&self, id: HandleId) -> Vec<String> {
        self.open
            .get(&id)
            .map_or_else(Vec::new, |handle| handle.entries.iter().cloned().collect())
    }

    /// Takes what a provider made outside of any handle's call.
    pub(crate) fn take_ownerless(&mut self) -> Vec<String> {
        std::mem::take(&mut self.ownerless).into_iter().collect()
    }

    /// The handle has ended, and with a directory all that was made in it: it is gone, or part of what was kept.
    pub(crate) fn ended(&mut self, id: HandleId, end: End) {
        let Some(handle) = self.remove(id) else {
            return;
        };
        if let Some(place) = handle.place {
            let mut below: Vec<HandleId> = handle.children.into_iter().collect();
            while let Some(id) = below.pop() {
                let Some(child) = self.open.get_mut(&id) else {
                    continue;
                };
                // What a provider made for the child elsewhere is still the child's.
                child.entries.retain(|entry| !is_within(entry, &place));
                below.extend(&child.children);
            }
        }
        if handle.is_out {
            self.count(handle.kind, end);
        }
    }

    fn remove(&mut self, id: HandleId) -> Option<Handle> {
        let handle = self.open.remove(&id)?;
        if let Some(parent) = handle.parent.and_then(|parent| self.open.get_mut(&parent)) {
            parent.children.remove(&id);
        }
        Some(handle)
    }

    fn count(&mut self, kind: Kind, end: End) {
        let counts = self.counts(kind);
        let count = match end {
            End::Dropped => &mut counts.dropped,
            End::Closed => &mut counts.closed,
            End::Kept => &mut counts.kept,
            End::Persisted => &mut counts.persisted,
            End::ByHost => &mut counts.by_host,
        };
        *count += 1;
    }

    /// The space ends: the host ends every handle that is still open. Gives back what a `persist` that was cut short
    /// left in granted directories.
    pub(crate) fn end_all(&mut self) -> Vec<Outside> {
        let mut unfinished = Vec::new();
        for handle in std::mem::take(&mut self.open).into_values() {
            if handle.is_out {
                self.count(handle.kind, End::ByHost);
            }
            unfinished.extend(handle.outside.into_iter().filter(|made| !made.is_published()));
        }
        self.end_native();
        unfinished
    }

    /// The space is emptied and goes on: whatever is open has ended for the counts, and owns nothing any more. Gives back
    /// the same as [`end_all`](Ledger::end_all).
    pub(crate) fn restart(&mut self) -> Vec<Outside> {
        let mut unfinished = Vec::new();
        let mut ended = Vec::new();
        for handle in self.open.values_mut() {
            if std::mem::take(&mut handle.is_out) {
                ended.push(handle.kind);
            }
            handle.place = None;
            handle.entries.clear();
            let outside = std::mem::take(&mut handle.outside).into_iter();
            // What is still being made is left to the end of the space, which waits for it.
            let (made, announced): (Vec<_>, Vec<_>) = outside.partition(|made| made.made.get().is_some());
            handle.outside = announced;
            unfinished.extend(made.into_iter().filter(|made| !made.is_published()));
        }
        for kind in ended {
            self.count(kind, End::ByHost);
        }
        self.ownerless.clear();
        self.end_native();
        unfinished
    }

    /// Begins to count anew.
    pub(crate) fn forget_counts(&mut self) {
        (self.files, self.directories) = (Counts::default(), Counts::default());
        self.violations.clear();
        self.violation_count = 0;
        self.links_left_out = 0;
    }

    /// Counts symbolic links that a directory had and that were left out when it was persisted.
    pub(crate) fn leave_out_links(&mut self, links: u64) {
        self.links_left_out += links;
    }

    /// How many symbolic links were left out.
    pub(crate) fn links_left_out(&self) -> u64 {
        self.links_left_out
    }

    /// A provider broke its word.
    pub(crate) fn violated(&mut self, mut violation: Violation) {
        self.violation_count += 1;
        violation.entries.truncate(MAX_LISTED);
        if self.violations.len() < MAX_LISTED {
            self.violations.push(violation);
        }
    }

    /// How the handles ended, files first.
    pub(crate) fn totals(&self) -> (Counts, Counts) {
        (self.files, self.directories)
    }

    /// How often a provider broke its word, and the first of these.
    pub(crate) fn violations(&self) -> (u64, Vec<Violation>) {
        (self.violation_count, self.violations.clone())
    }

    fn counts(&mut self, kind: Kind) -> &mut Counts {
        match kind {
            Kind::File => &mut self.files,
            Kind::Directory => &mut self.directories,
        }
    }
}

fn index(kind: Kind) -> usize {
    match kind {
        Kind::File => 0,
        Kind::Directory => 1,
    }
}

/// Whether `path` is `entry` or below it.
fn is_within(path: &str, entry: &str) -> bool {
    path.strip_prefix(entry)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::{End, Kind, Ledger};

    #[test]
    fn a_handle_that_the_program_never_got_counts_for_nothing() {
        let mut ledger = Ledger::default();
        let held = ledger.begin(Kind::File, None);
        ledger.created(held);
        ledger.begin(Kind::File, None);
        assert!(ledger.end_all().is_empty());
        let (files, _) = ledger.totals();
        assert_eq!((files.created, files.by_host), (1, 1));
    }

    #[test]
    fn a_handle_of_the_hosts_own_ends_once_by_a_restart_or_by_itself() {
        let mut ledger = Ledger::default();
        let before = ledger.native_created(Kind::File);
        ledger.restart();
        let after = ledger.native_created(Kind::File);
        for file in [before, after] {
            ledger.native_ended(file, End::Dropped);
        }
        assert!(ledger.end_all().is_empty());
        let (files, _) = ledger.totals();
        assert_eq!((files.created, files.by_host, files.dropped), (2, 1, 1));
    }

    #[test]
    fn what_stands_below_a_directory_goes_with_it_and_what_stands_elsewhere_does_not() {
        let mut ledger = Ledger::default();
        let dir = ledger.begin(Kind::Directory, None);
        ledger.made(Some(dir), "dir".to_owned());
        let file = ledger.begin(Kind::File, Some(dir));
        ledger.made(Some(file), "dir/file".to_owned());
        ledger.made(Some(file), "dirty".to_owned());
        assert!(!ledger.is_others(Some(dir), "dir"));
        assert!(ledger.is_others(Some(file), "dir"));
        ledger.unmade(Some(dir), "dir");
        ledger.ended(dir, End::Dropped);
        assert_eq!(ledger.entries(file), ["dirty"]);
    }
}
