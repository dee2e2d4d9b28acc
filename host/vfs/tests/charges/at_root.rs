//! What operations on paths do to the model.

use crate::model::{Handle, Model};
use crate::operations::{Operation, Outcome, Place, target};
use crate::tree::{Body, File, ROOT, Result};
use scratch_vfs::{Error, Limit};
use std::collections::BTreeMap;

impl Model {
    pub(crate) fn perform_at_root(&mut self, tree: u64, book: usize, operation: &Operation) -> Result<Outcome> {
        match operation {
            Operation::Open {
                place,
                create,
                exclusive,
                truncate,
                ..
            } => {
                let (directory, found) = self.tree(tree).find(place)?;
                let Some(found) = found else {
                    if !create {
                        return Err(Error::NoEntry);
                    }
                    self.ledger.charge(book, Limit::OpenFiles, 1)?;
                    return match self.make(tree, directory, place.name, Body::File(File::default())) {
                        Ok(made) => {
                            self.keep_handle(tree, made);
                            Ok(Outcome::Done)
                        }
                        Err(error) => {
                            self.ledger.release(book, Limit::OpenFiles, 1);
                            Err(error)
                        }
                    };
                };
                if *create && *exclusive {
                    return Err(Error::Exist);
                }
                match self.tree(tree).inodes[&found].body {
                    Body::Directory { .. } => return Err(Error::IsDirectory),
                    Body::Link(_) => return Err(Error::Loop),
                    Body::File(_) => {}
                }
                let opened = self.open(tree, found)?;
                if *truncate && let Err(error) = self.set_size(tree, found, 0) {
                    self.close(opened);
                    return Err(error);
                }
                self.handles.push(opened);
                Ok(Outcome::Done)
            }
            Operation::OpenDirectory { place, .. } => {
                let found = self.tree(tree).find(place)?.1.ok_or(Error::NoEntry)?;
                match self.tree(tree).inodes[&found].body {
                    Body::Directory { .. } => {}
                    Body::Link(_) => return Err(Error::Loop),
                    Body::File(_) => return Err(Error::NotDirectory),
                }
                let opened = self.open(tree, found)?;
                self.handles.push(opened);
                Ok(Outcome::Done)
            }
            Operation::ListRoot { .. } => {
                let opened = self.open(tree, ROOT)?;
                self.handles.push(Handle {
                    is_listing: true,
                    ..opened
                });
                Ok(Outcome::Done)
            }
            Operation::MakeDirectory { place, .. } => {
                let directory = self.find_missing(tree, place)?;
                let body = Body::Directory {
                    above: directory,
                    names: BTreeMap::new(),
                };
                self.make(tree, directory, place.name, body)?;
                Ok(Outcome::Done)
            }
            Operation::MakeLink { place, steps, .. } => {
                let directory = self.find_missing(tree, place)?;
                let length = u64::try_from(target(*steps).len()).unwrap();
                self.ledger.charge(book, Limit::Memory, length)?;
                if let Err(error) = self.make(tree, directory, place.name, Body::Link(length)) {
                    self.ledger.release(book, Limit::Memory, length);
                    return Err(error);
                }
                Ok(Outcome::Done)
            }
            Operation::Unlink { place, .. } | Operation::RemoveDirectory { place, .. } => {
                let (directory, found) = self.tree(tree).find(place)?;
                let found = found.ok_or(Error::NoEntry)?;
                let is_directory = self.tree(tree).inodes[&found].is_directory();
                if matches!(operation, Operation::Unlink { .. }) && is_directory {
                    return Err(Error::IsDirectory);
                }
                if matches!(operation, Operation::RemoveDirectory { .. }) {
                    if !is_directory {
                        return Err(Error::NotDirectory);
                    }
                    if !self.tree(tree).names(found).is_empty() {
                        return Err(Error::NotEmpty);
                    }
                }
                self.tree(tree).names_mut(directory).remove(place.name);
                self.lose_name(tree, found);
                Ok(Outcome::Done)
            }
            Operation::RemoveAll { place, revoke, .. } => {
                let (directory, found) = self.tree(tree).find(place)?;
                let found = found.ok_or(Error::NoEntry)?;
                Ok(self.count_removed(book, |model| {
                    model.tree(tree).names_mut(directory).remove(place.name);
                    model.remove_name(tree, found, *revoke);
                }))
            }
            Operation::Rename { from, to, .. } => self.rename(tree, from, to),
            Operation::Link { from, to, .. } => {
                let from_directory = self.tree(tree).directory(from)?;
                self.tree(tree).directory(to)?;
                let found = self.tree(tree).names(from_directory).get(from.name).copied();
                let found = found.ok_or(Error::NoEntry)?;
                let directory = self.find_missing(tree, to)?;
                if self.tree(tree).inodes[&found].is_directory() {
                    return Err(Error::NotPermitted);
                }
                self.ledger.charge(book, Limit::Entries, 1)?;
                self.tree(tree).add_name(directory, to.name, found);
                Ok(Outcome::Done)
            }
            Operation::LinkHandle { handle, place, .. } => {
                if self.handles.is_empty() {
                    return Ok(Outcome::Done);
                }
                let file = self.handles[handle % self.handles.len()];
                if file.is_listing {
                    return Ok(Outcome::Done);
                }
                if file.book != book {
                    return Err(Error::CrossDevice);
                }
                if file.tree != tree {
                    return Err(Error::NoEntry);
                }
                let directory = self.find_missing(tree, place)?;
                if !file.is_file {
                    return Err(Error::NotPermitted);
                }
                if self.tree(tree).inodes[&file.inode].names > 0 {
                    self.ledger.charge(book, Limit::Entries, 1)?;
                }
                self.tree(tree).add_name(directory, place.name, file.inode);
                Ok(Outcome::Done)
            }
            _ => panic!("the operation needs no root"),
        }
    }

    pub(crate) fn rename(&mut self, tree: u64, from: &Place, to: &Place) -> Result<Outcome> {
        let trees = self.tree(tree);
        let from_directory = trees.directory(from)?;
        let (to_directory, replaced) = trees.find(to)?;
        let moved = *trees.names(from_directory).get(from.name).ok_or(Error::NoEntry)?;
        if trees.inodes[&moved].is_directory() && trees.is_at_or_above(moved, to_directory) {
            return Err(Error::Invalid);
        }
        if let Some(replaced) = replaced {
            if from_directory != to_directory && trees.is_at_or_above(replaced, from_directory) {
                return Err(Error::NotEmpty);
            }
            if moved == replaced {
                return Ok(Outcome::Done);
            }
            match (
                trees.inodes[&moved].is_directory(),
                trees.inodes[&replaced].is_directory(),
            ) {
                (true, false) => return Err(Error::NotDirectory),
                (false, true) => return Err(Error::IsDirectory),
                (true, true) if !trees.names(replaced).is_empty() => return Err(Error::NotEmpty),
                _ => {}
            }
        }
        trees.names_mut(from_directory).remove(from.name);
        trees.inode(moved).names -= 1;
        trees.add_name(to_directory, to.name, moved);
        if let Some(replaced) = replaced {
            self.lose_name(tree, replaced);
        }
        Ok(Outcome::Done)
    }
}
