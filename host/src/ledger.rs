//! The ledger: which handle made what in the space, and how each handle ended.
//!
//! Ownership goes by (directory, name): an entry belongs to the handle during whose call the provider made it, and
//! whatever stands under that name when the handle is dropped has to be gone. Paths here are relative to the space's
//! root, without `.` and `..`.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::sync::Arc;

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

/// How a handle ended, when the program ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Dropped,
    Closed,
    Kept,
    Persisted,
    ByHost,
}

/// An entry that a provider made in a granted directory, in the window of a `persist`.
#[derive(Debug)]
pub(crate) struct Outside {
    pub(crate) dir: Arc<File>,
    pub(crate) name: String,
    /// Whether it came there whole, by a rename or a link: then it is what the program asked for.
    pub(crate) whole: bool,
}

#[derive(Debug)]
struct Handle {
    kind: Kind,
    parent: Option<HandleId>,
    /// The first entry that was made for it: where a directory stands, or stood until its drop.
    place: Option<String>,
    /// The open handles of what was made in this directory.
    children: BTreeSet<HandleId>,
    entries: Vec<String>,
    outside: Vec<Outside>,
}

/// Everything that is known about the handles of one space.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    next: u64,
    open: HashMap<HandleId, Handle>,
    /// What a provider made while no handle's call was in progress.
    ownerless: Vec<String>,
    files: Counts,
    directories: Counts,
    violations: Vec<Violation>,
    violation_count: u64,
}

impl Ledger {
    /// A handle that is about to be made, in the directory of `parent` if there is one.
    pub(crate) fn begin(&mut self, kind: Kind, parent: Option<HandleId>) -> HandleId {
        let id = HandleId(self.next);
        self.next += 1;
        let handle = Handle {
            kind,
            parent,
            place: None,
            children: BTreeSet::new(),
            entries: Vec::new(),
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
        if let Some(kind) = self.open.get(&id).map(|handle| handle.kind) {
            self.counts(kind).created += 1;
        }
    }

    /// The handle did not come to be. Gives back what was made for it.
    pub(crate) fn abandoned(&mut self, id: HandleId) -> Vec<String> {
        self.remove(id).map_or_else(Vec::new, |handle| handle.entries)
    }

    /// The provider made `path` during a call of `owner`.
    pub(crate) fn made(&mut self, owner: Option<HandleId>, path: String) {
        let entries = match owner.and_then(|id| self.open.get_mut(&id)) {
            Some(handle) => {
                if handle.place.is_none() {
                    handle.place = Some(path.clone());
                }
                &mut handle.entries
            }
            None => &mut self.ownerless,
        };
        if !entries.contains(&path) {
            entries.push(path);
        }
    }

    /// The provider took `path` away during a call of `owner`.
    pub(crate) fn unmade(&mut self, owner: Option<HandleId>, path: &str) {
        let entries = match owner.and_then(|id| self.open.get_mut(&id)) {
            Some(handle) => &mut handle.entries,
            None => &mut self.ownerless,
        };
        entries.retain(|entry| entry != path);
    }

    /// The provider made `name` in the granted directory `dir` during a call of `owner`.
    pub(crate) fn made_outside(&mut self, owner: HandleId, outside: Outside) {
        if let Some(handle) = self.open.get_mut(&owner) {
            handle.outside.push(outside);
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
            .is_some_and(|handle| is_within(path, &handle.entries))
    }

    /// What `id` owns, for the check after its drop.
    pub(crate) fn entries(&self, id: HandleId) -> Vec<String> {
        self.open
            .get(&id)
            .map_or_else(Vec::new, |handle| handle.entries.clone())
    }

    /// Takes what a provider made outside of any handle's call.
    pub(crate) fn take_ownerless(&mut self) -> Vec<String> {
        std::mem::take(&mut self.ownerless)
    }

    /// The handle has ended, and with a directory all that was made in it: it is gone, or part of what was kept.
    pub(crate) fn ended(&mut self, id: HandleId, end: End) {
        let Some(handle) = self.remove(id) else {
            return;
        };
        let place: Vec<String> = handle.place.into_iter().collect();
        let mut below: Vec<HandleId> = handle.children.into_iter().collect();
        while let Some(id) = below.pop() {
            let Some(child) = self.open.get_mut(&id) else {
                continue;
            };
            // What a provider made for the child elsewhere is still the child's.
            child.entries.retain(|entry| !is_within(entry, &place));
            below.extend(&child.children);
        }
        self.count(handle.kind, end);
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

    /// The space ends: the host ends every handle that is still open.
    pub(crate) fn end_all(&mut self) {
        let open = std::mem::take(&mut self.open);
        for handle in open.values() {
            self.count(handle.kind, End::ByHost);
        }
    }

    /// A provider broke its word.
    pub(crate) fn violated(&mut self, violation: Violation) {
        self.violation_count += 1;
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

/// Whether `path` is one of `entries` or below one.
fn is_within(path: &str, entries: &[String]) -> bool {
    entries.iter().any(|entry| {
        path.strip_prefix(entry.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}
