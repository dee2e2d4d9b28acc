//! What is known of each descriptor: where it leads.

use std::fs::File;
use std::sync::Arc;

use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::Descriptor;

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

#[derive(Clone, Debug)]
pub(crate) struct Fact {
    /// The open file, to tell a descriptor from an earlier one under the same number. Never followed.
    file: usize,
    pub(crate) place: Place,
}

impl Fact {
    pub(crate) fn new(file: &Arc<File>, place: Place) -> Fact {
        Fact {
            file: address(Arc::as_ptr(file)),
            place,
        }
    }
}

#[derive(Clone, Debug, Default)]
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
}

impl Facts {
    pub(crate) fn insert(&mut self, descriptor: &Resource<Descriptor>, fact: Fact) -> &Fact {
        let slot = self.slot(descriptor);
        *slot = Slot::Known(fact);
        match slot {
            Slot::Known(fact) => fact,
            _ => unreachable!("it has just been set"),
        }
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
            self.slots.resize(index + 1, Slot::Free);
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
