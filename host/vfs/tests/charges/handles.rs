//! What operations on open files and directories do to the model.

use crate::model::{Handle, Model};
use crate::operations::{Operation, Outcome};
use crate::tree::{ROOT, Result};
use scratch_vfs::Error;

impl Model {
    pub(crate) fn perform_on_handle(&mut self, at: usize, operation: &Operation) -> Result<Outcome> {
        let handle = self.handles[at];
        let is_living = self.trees.contains_key(&handle.tree);
        match operation {
            Operation::Close { .. } => {
                self.handles.swap_remove(at);
                self.close(handle);
                Ok(Outcome::Done)
            }
            _ if handle.is_listing => Ok(Outcome::Done),
            Operation::Write { .. } | Operation::SetSize { .. } if !handle.is_file => Err(Error::BadDescriptor),
            Operation::RemoveHandle { space, .. } if handle.book != self.books[*space] => Err(Error::CrossDevice),
            _ if !is_living => Err(Error::NoEntry),
            Operation::List { .. } if handle.is_file => Err(Error::NotDirectory),
            Operation::List { .. } | Operation::Clone { .. } => {
                let opened = self.open(handle.tree, handle.inode)?;
                self.handles.push(Handle {
                    is_listing: matches!(operation, Operation::List { .. }),
                    ..opened
                });
                Ok(Outcome::Done)
            }
            Operation::RemoveHandle { .. } if handle.inode == ROOT => Err(Error::NotPermitted),
            Operation::RemoveHandle { revoke, .. } => Ok(self.count_removed(handle.book, |model| {
                model.remove_inode(handle.tree, handle.inode, *revoke);
            })),
            Operation::Write {
                offset, length, all, ..
            } => self.write(handle, *offset, u64::try_from(*length).unwrap(), *all),
            Operation::SetSize { size, .. } => {
                self.set_size(handle.tree, handle.inode, *size)?;
                Ok(Outcome::Done)
            }
            _ => panic!("the operation needs no handle"),
        }
    }
}
