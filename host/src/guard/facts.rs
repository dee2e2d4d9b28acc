//! What is known of each descriptor: where it leads, and what is charged for it.

use std::collections::HashMap;
use std::fs::File;
use std::sync::Arc;

use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::filesystem::types::DirectoryEntryStream;

use crate::budget::{OpenInode, Taken};

/// Where a descriptor leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Into the space. The path there, empty for the root, where the ledger needs it: for what a provider opens.
    Space(Option<String>),
    /// Into a directory that the host granted.
    Granted,
    /// Into a directory that the host granted to the program, opened by a provider in the call of this number: it is
    /// good for no other.
    Lent(u64),
    /// Into the space, at a path that a provider has moved since: the ledger would not know what is made there.
    Moved,
}

#[derive(Debug)]
pub(crate) struct Fact {
    /// The open file, to tell a descriptor from an earlier one under the same number. Never followed.
    file: usize,
    pub(crate) place: Place,
    /// How deep a directory stood in the space, and how often a directory of the space had been moved until then; the root
    /// is never moved.
    pub(crate) depth: Option<(u64, u64)>,
    /// The inode of a file of the space.
    pub(crate) inode: Option<OpenInode>,
    /// That it is open.
    pub(crate) open: Option<Taken>,
}

impl Fact {
    pub(crate) fn new(file: &Arc<File>, place: Place) -> Fact {
        Fact {
            file: address(Arc::as_ptr(file)),
            place,
            depth: None,
            inode: None,
            open: None,
        }
    }

    /// Of a directory that stands `depth` deep, when directories had been moved `moves` times.
    pub(crate) fn with_depth(self, depth: u64, moves: u64) -> Fact {
        Fact {
            depth: Some((depth, moves)),
            ..self
        }
    }
}

#[derive(Debug, Default)]
enum Slot {
    #[default]
    Free,
    /// The space's root, before its first use.
    Placeholder,
    Known(Fact),
}

/// The facts of one instance, by the number of the descriptor: numbers are small and used again.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    slots: Vec<Slot>,
    /// What is charged for the streams of directories, by their numbers.
    listings: HashMap<u32, Taken>,
}

impl Facts {
    pub(crate) fn insert(&mut self, descriptor: &Resource<Descriptor>, fact: Fact) -> &mut Fact {
        let slot = self.slot(descriptor);
        *slot = Slot::Known(fact);
        match slot {
            Slot::Known(fact) => fact,
            _ => unreachable!("it has just been set"),
        }
    }

    /// A directory is being listed.
    pub(crate) fn lists(&mut self, stream: &Resource<DirectoryEntryStream>, open: Taken) {
        self.listings.insert(stream.rep(), open);
    }

    /// A directory is not listed any more.
    pub(crate) fn listed(&mut self, stream: &Resource<DirectoryEntryStream>) {
        self.listings.remove(&stream.rep());
    }

    pub(crate) fn insert_placeholder(&mut self, descriptor: &Resource<Descriptor>) {
        *self.slot(descriptor) = Slot::Placeholder;
    }

    pub(crate) fn is_placeholder(&self, descriptor: &Resource<Descriptor>) -> bool {
        matches!(self.slots.get(index(descriptor)), Some(Slot::Placeholder))
    }

    /// The fact of `descriptor`, if it is still the open file that it was when it was written down.
    pub(crate) fn get(&self, descriptor: &Resource<Descriptor>, file: *const File) -> Option<&Fact> {
        match self.slots.get(index(descriptor)) {
            Some(Slot::Known(fact)) if fact.file == address(file) => Some(fact),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub(crate) fn get_mut(&mut self, descriptor: &Resource<Descriptor>) -> Option<&mut Fact> {
        match self.slots.get_mut(index(descriptor)) {
            Some(Slot::Known(fact)) => Some(fact),
            _ => None,
        }
    }

    /// A provider moved what stood at `path`: descriptors below it lead elsewhere now.
    pub(crate) fn moved(&mut self, path: &str) {
        for slot in &mut self.slots {
            if let Slot::Known(fact) = slot
                && let Place::Space(Some(known)) = &fact.place
                && known
                    .strip_prefix(path)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            {
                fact.place = Place::Moved;
            }
        }
    }

    pub(crate) fn forget(&mut self, descriptor: &Resource<Descriptor>) {
        if let Some(slot) = self.slots.get_mut(index(descriptor)) {
            *slot = Slot::Free;
        }
    }

    fn slot(&mut self, descriptor: &Resource<Descriptor>) -> &mut Slot {
        let index = index(descriptor);
        if self.slots.len() <= index {
            self.slots.resize_with(index + 1, Slot::default);
        }
        &mut self.slots[index]
    }
}

fn index(descriptor: &Resource<Descriptor>) -> usize {
    usize::try_from(descriptor.rep()).expect("a usize has at least 32 bits on every host of wasmtime")
}

fn address(file: *const File) -> usize {
    file.addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(path: &str) -> Fact {
        Fact {
            file: 0,
            place: Place::Space(Some(path.to_owned())),
            depth: None,
            inode: None,
            open: None,
        }
    }

    #[test]
    fn a_descriptor_below_what_was_moved_has_no_place_any_more() {
        let mut facts = Facts::default();
        let [inside, beside] = [Resource::new_own(0), Resource::new_own(7)];
        facts.insert(&inside, fact("dir/below"));
        facts.insert(&beside, fact("directory"));
        facts.moved("dir");
        let place = |descriptor| facts.get(descriptor, std::ptr::null()).map(|fact| fact.place.clone());
        assert_eq!(place(&inside), Some(Place::Moved));
        assert_eq!(place(&beside), Some(Place::Space(Some("directory".to_owned()))));
        assert_eq!(place(&Resource::new_own(3)), None);
    }
}
