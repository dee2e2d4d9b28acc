//! The crate under test, as the model sees it: the same operations, on real budgets and spaces.

use crate::ledger::{Bounds, Ledger};
use crate::operations::{BUDGET_ABOVE, BUDGET_OF_SPACE, Operation, Outcome, SPACES, target};
use scratch_vfs::{Budget, Descriptor, Ended, Left, Listing, OpenOptions, Opened, Removed, Result, Space};
use std::sync::LazyLock;

static DATA: LazyLock<Vec<u8>> = LazyLock::new(|| vec![7; 4 << 20]);

/// Something that is open.
#[derive(Debug)]
enum Handle {
    Descriptor(Descriptor),
    /// A listing, which is kept for what it is charged.
    Listing {
        _listing: Listing,
    },
}

impl From<Listing> for Handle {
    fn from(listing: Listing) -> Self {
        Self::Listing { _listing: listing }
    }
}

/// All budgets and spaces, and everything that is open.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) budgets: Vec<Budget>,
    spaces: Vec<Space>,
    roots: [Option<Descriptor>; SPACES],
    handles: Vec<Handle>,
}

fn make_space(budget: &Budget, bounds: &Bounds) -> Space {
    Space::builder(budget)
        .limits(bounds.limits())
        .build()
        .expect("there is memory for a space")
}

fn opened(revoke: bool) -> Opened {
    if revoke { Opened::Revoke } else { Opened::Keep }
}

fn removed(removed: Removed) -> Outcome {
    Outcome::Removed {
        entries: removed.entries,
        bytes: removed.bytes,
    }
}

fn ended(ended: Ended) -> Outcome {
    assert_eq!(ended.left, Left::default());
    Outcome::Ended {
        entries: ended.entries,
        bytes: ended.bytes,
        open: ended.open_descriptors,
    }
}

impl Subject {
    pub(crate) fn new(budgets: &[Bounds], spaces: &[Bounds]) -> Self {
        let mut made: Vec<Budget> = Vec::new();
        for (above, bounds) in BUDGET_ABOVE.iter().zip(budgets) {
            made.push(match above {
                Some(above) => made[*above].child("tenant".parse().expect("the label is short"), bounds.limits()),
                None => Budget::new(bounds.limits()),
            });
        }
        let spaces = BUDGET_OF_SPACE.iter().zip(spaces);
        Self {
            spaces: spaces
                .map(|(budget, bounds)| make_space(&made[*budget], bounds))
                .collect(),
            budgets: made,
            roots: Default::default(),
            handles: Vec::new(),
        }
    }

    /// Checks what every budget and every space reports.
    pub(crate) fn check(&self, ledger: &Ledger, books: &[usize]) {
        for (number, budget) in self.budgets.iter().enumerate() {
            ledger.check(number, &budget.usage());
        }
        for (number, space) in books.iter().zip(&self.spaces) {
            ledger.check(*number, &space.usage());
        }
    }

    /// Closes everything and ends all spaces.
    pub(crate) fn close(&mut self) {
        self.handles.clear();
        self.spaces.clear();
        self.roots = Default::default();
        self.budgets[0].trim();
    }

    pub(crate) fn apply(&mut self, operation: &Operation) -> Result<Outcome> {
        match operation {
            Operation::MakeNameless { space } => {
                let file = self.spaces[*space].create_nameless(None)?;
                self.handles.push(Handle::Descriptor(file));
                Ok(Outcome::Done)
            }
            Operation::LimitSpace { space, bounds } => {
                self.spaces[*space].set_limits(bounds.limits());
                Ok(Outcome::Done)
            }
            Operation::LimitBudget { budget, bounds } => {
                self.budgets[*budget].set_limits(bounds.limits());
                Ok(Outcome::Done)
            }
            Operation::Trim { budget } => {
                self.budgets[*budget].trim();
                let usage = self.budgets[0].usage().memory.used;
                let below = self.budgets[1].usage().memory.used + self.budgets[2].usage().memory.used;
                assert_eq!(usage, below, "a trim leaves no page");
                Ok(Outcome::Done)
            }
            Operation::End { space } => {
                let answer = self.spaces[*space].end();
                self.keep_root(*space);
                Ok(ended(answer))
            }
            Operation::Reset { space } => {
                let answer = self.spaces[*space].reset()?;
                self.keep_root(*space);
                Ok(ended(answer))
            }
            Operation::Renew { space, bounds } => {
                self.keep_root(*space);
                self.spaces[*space] = make_space(&self.budgets[BUDGET_OF_SPACE[*space]], bounds);
                Ok(Outcome::Done)
            }
            Operation::List { handle }
            | Operation::Clone { handle }
            | Operation::Close { handle }
            | Operation::RemoveHandle { handle, .. }
            | Operation::Write { handle, .. }
            | Operation::SetSize { handle, .. } => {
                if self.handles.is_empty() {
                    return Ok(Outcome::Done);
                }
                self.apply_to_handle(handle % self.handles.len(), operation)
            }
            Operation::Open { space, .. }
            | Operation::OpenDirectory { space, .. }
            | Operation::MakeDirectory { space, .. }
            | Operation::MakeLink { space, .. }
            | Operation::Unlink { space, .. }
            | Operation::RemoveDirectory { space, .. }
            | Operation::RemoveAll { space, .. }
            | Operation::Rename { space, .. }
            | Operation::Link { space, .. }
            | Operation::LinkHandle { space, .. }
            | Operation::ListRoot { space } => match self.roots[*space].take() {
                Some(root) => {
                    let result = self.apply_at_root(&root, operation);
                    self.roots[*space] = Some(root);
                    result
                }
                None => {
                    self.roots[*space] = Some(self.spaces[*space].root()?);
                    Ok(Outcome::Done)
                }
            },
        }
    }

    /// Puts the root of a space that has ended to the other handles.
    fn keep_root(&mut self, space: usize) {
        self.handles.extend(self.roots[space].take().map(Handle::Descriptor));
    }

    fn apply_at_root(&mut self, root: &Descriptor, operation: &Operation) -> Result<Outcome> {
        let read_write = OpenOptions::new().read(true).write(true);
        match operation {
            Operation::Open {
                place,
                create,
                exclusive,
                truncate,
                ..
            } => {
                let options = read_write
                    .create(*create)
                    .exclusive(*create && *exclusive)
                    .truncate(*truncate);
                let file = root.open_at(place.path(), &options)?;
                self.handles.push(Handle::Descriptor(file));
            }
            Operation::OpenDirectory { place, .. } => {
                let directory = root.open_at(place.path(), &OpenOptions::new().read(true).directory(true))?;
                self.handles.push(Handle::Descriptor(directory));
            }
            Operation::MakeDirectory { place, .. } => root.create_directory_at(place.path(), None)?,
            Operation::MakeLink { place, steps, .. } => root.symlink_at(target(*steps), place.path(), None)?,
            Operation::Unlink { place, .. } => root.unlink_file_at(place.path())?,
            Operation::RemoveDirectory { place, .. } => root.remove_directory_at(place.path())?,
            Operation::RemoveAll { place, revoke, .. } => {
                return root.remove_all_at(place.path(), opened(*revoke)).map(removed);
            }
            Operation::Rename { from, to, .. } => root.rename_at(from.path(), root, to.path())?,
            Operation::Link { from, to, .. } => root.link_at(from.path(), root, to.path())?,
            Operation::ListRoot { .. } => self.handles.push(root.list()?.into()),
            Operation::LinkHandle { handle, place, .. } => {
                let at = handle % self.handles.len().max(1);
                if let Some(Handle::Descriptor(file)) = self.handles.get(at) {
                    root.link_descriptor_at(file, place.path())?;
                }
            }
            _ => panic!("the operation needs no root"),
        }
        Ok(Outcome::Done)
    }

    fn apply_to_handle(&mut self, at: usize, operation: &Operation) -> Result<Outcome> {
        if matches!(operation, Operation::Close { .. }) {
            self.handles.swap_remove(at);
            return Ok(Outcome::Done);
        }
        let Handle::Descriptor(descriptor) = &self.handles[at] else {
            return Ok(Outcome::Done);
        };
        match operation {
            Operation::List { .. } => {
                let listing = descriptor.list()?;
                self.handles.push(listing.into());
            }
            Operation::Clone { .. } => {
                let clone = descriptor.try_clone()?;
                self.handles.push(Handle::Descriptor(clone));
            }
            Operation::RemoveHandle { space, revoke, .. } => {
                return self.spaces[*space].remove(descriptor, opened(*revoke)).map(removed);
            }
            Operation::SetSize { size, .. } => descriptor.set_size(*size)?,
            Operation::Write {
                offset, length, all, ..
            } => {
                let data = &DATA[..*length];
                return match (offset, all) {
                    (Some(offset), false) => descriptor.write(*offset, data),
                    (None, false) => descriptor.append(data),
                    (Some(offset), true) => descriptor.write_all(*offset, data).map(|()| data.len()),
                    (None, true) => descriptor.append_all(data).map(|()| data.len()),
                }
                .map(Outcome::Written);
            }
            _ => panic!("the operation needs no handle"),
        }
        Ok(Outcome::Done)
    }
}
