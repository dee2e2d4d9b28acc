//! What the model frees, and when.

use crate::model::Model;
use crate::operations::Outcome;
use crate::tree::{Body, File};
use scratch_vfs::Limit;
use std::collections::BTreeMap;

impl Model {
    /// Takes a name from an inode that no directory has under it any more. The last one leaves an entry behind while it is open.
    pub(crate) fn lose_name(&mut self, tree: u64, inode: u64) {
        let book = self.tree(tree).book;
        let names = &mut self.tree(tree).inode(inode).names;
        *names -= 1;
        if *names > 0 {
            self.ledger.release(book, Limit::Entries, 1);
        } else {
            self.free_unused(tree, inode);
        }
    }

    pub(crate) fn remove_name(&mut self, tree: u64, inode: u64, revoke: bool) {
        if self.tree(tree).inodes[&inode].names > 1 {
            return self.lose_name(tree, inode);
        }
        // It is emptied while it still has its name, so that it is not freed too early.
        self.empty(tree, inode, revoke);
        self.lose_name(tree, inode);
    }

    /// Removes what is in a directory, or takes the content from a file that is open.
    pub(crate) fn empty(&mut self, tree: u64, inode: u64, revoke: bool) {
        let book = self.tree(tree).book;
        let mut inside = BTreeMap::new();
        let (mut bytes, mut memory) = (0, 0);
        match &mut self.tree(tree).inode(inode).body {
            Body::Directory { names, .. } => inside = std::mem::take(names),
            Body::File(file) if revoke => {
                (bytes, memory) = (file.size, file.memory());
                *file = File {
                    is_revoked: true,
                    ..File::default()
                };
            }
            Body::File(_) | Body::Link(_) => {}
        }
        self.ledger.release(book, Limit::Bytes, bytes);
        self.ledger.release(book, Limit::Memory, memory);
        for inode in inside.into_values() {
            self.remove_name(tree, inode, revoke);
        }
    }

    pub(crate) fn remove_inode(&mut self, tree: u64, inode: u64, revoke: bool) {
        if self.tree(tree).inodes[&inode].names == 0 {
            return self.empty(tree, inode, revoke);
        }
        let directories: Vec<u64> = self.tree(tree).inodes.keys().copied().collect();
        for directory in directories {
            let Some(Body::Directory { names, .. }) = self.tree(tree).inodes.get(&directory).map(|found| &found.body)
            else {
                continue;
            };
            let named: Vec<_> = names
                .iter()
                .filter(|(_, named)| **named == inode)
                .map(|(name, _)| *name)
                .collect();
            for name in named {
                self.tree(tree).names_mut(directory).remove(name);
                self.remove_name(tree, inode, revoke);
            }
        }
    }

    /// Removes something. Returns by how much less is used then.
    pub(crate) fn count_removed(&mut self, book: usize, remove: impl FnOnce(&mut Self)) -> Outcome {
        let used = |model: &Self| {
            (
                model.ledger.used(book, Limit::Entries),
                model.ledger.used(book, Limit::Bytes),
            )
        };
        let before = used(self);
        remove(self);
        let after = used(self);
        Outcome::Removed {
            entries: before.0 - after.0,
            bytes: before.1 - after.1,
        }
    }
}
