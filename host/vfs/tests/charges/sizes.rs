//! What the model charges for the sizes of files, and for the memory of their contents.

use crate::ledger::PAGE;
use crate::model::{Handle, Model};
use crate::operations::{Outcome, STEP};
use crate::tree::{File, Result};
use scratch_vfs::{Error, Limit};

impl Model {
    pub(crate) fn set_size(&mut self, tree: u64, inode: u64, size: u64) -> Result<()> {
        let book = self.tree(tree).book;
        let (limit, limiting) = self.ledger.file_bytes(book);
        let File {
            size: old, is_revoked, ..
        } = *self.file(tree, inode);
        if is_revoked {
            return Err(Error::NoEntry);
        }
        if size > old {
            if size > limit {
                return Err(self.ledger.refuse(book, Limit::FileBytes, limiting));
            }
            self.ledger.charge(book, Limit::Bytes, size - old)?;
        }
        let file = self.file(tree, inode);
        let before = file.memory();
        file.size = size;
        file.pages.retain(|page| page * PAGE < size);
        if size == 0 {
            file.first = 0;
        }
        let cut = before - file.memory();
        self.ledger.release(book, Limit::Bytes, old.saturating_sub(size));
        self.ledger.release(book, Limit::Memory, cut);
        Ok(())
    }

    pub(crate) fn write(&mut self, handle: Handle, offset: Option<u64>, length: u64, all: bool) -> Result<Outcome> {
        let File { size, is_revoked, .. } = *self.file(handle.tree, handle.inode);
        if is_revoked {
            return Err(Error::NoEntry);
        }
        let offset = offset.unwrap_or(size);
        let mut done = 0;
        while done < length {
            let part = if all { length } else { STEP.min(length - done) };
            match self.write_part(handle, offset + done, part, all) {
                Ok(written) => {
                    done += written;
                    if written < part {
                        break;
                    }
                }
                Err((limit, refusing)) if done == 0 => return Err(self.ledger.refuse(handle.book, limit, refusing)),
                Err(_) => break,
            }
        }
        Ok(Outcome::Written(usize::try_from(done).unwrap()))
    }

    /// Writes all of a part, or as much as fits. Returns how much that is, or the limit that refuses and its account.
    pub(crate) fn write_part(
        &mut self,
        handle: Handle,
        offset: u64,
        mut length: u64,
        all: bool,
    ) -> std::result::Result<u64, (Limit, usize)> {
        let Handle { book, tree, inode, .. } = handle;
        let size = self.file(tree, inode).size;
        let (limit, limiting) = self.ledger.file_bytes(book);
        let limit = limit.max(size);
        if offset + length > limit {
            length = length.min(limit.saturating_sub(offset));
            if all || length == 0 {
                return Err((Limit::FileBytes, limiting));
            }
        }
        let growth = (offset + length).saturating_sub(size);
        if let Some(refusing) = self.ledger.refusing(book, Limit::Bytes, growth) {
            let room = self.ledger.room(book, Limit::Bytes);
            self.ledger.hold_for_a_moment(book, Limit::Bytes, room);
            length = length.min((size + room).saturating_sub(offset));
            if all || length == 0 {
                return Err((Limit::Bytes, refusing));
            }
        }
        let growth = (offset + length).saturating_sub(size);
        self.ledger.hold_for_a_moment(book, Limit::Bytes, growth);
        let prepared = if all {
            self.prepare_all(handle, offset, length).map(|()| length)
        } else {
            self.prepare_fitting(handle, offset, length)
        };
        let length = prepared.map_err(|refusing| (Limit::Memory, refusing))?;
        let end = offset + length;
        let growth = end.saturating_sub(size);
        let charged = self.ledger.try_charge(book, Limit::Bytes, growth);
        charged.expect("there was room for more than that");
        self.file(tree, inode).size = size.max(end);
        Ok(length)
    }

    /// Makes room for a whole range: the first page last, which is copied while both its buffers exist.
    pub(crate) fn prepare_all(&mut self, handle: Handle, offset: u64, length: u64) -> std::result::Result<(), usize> {
        let Handle { book, tree, inode, .. } = handle;
        let pages = (offset / PAGE).max(1)..(offset + length).div_ceil(PAGE);
        let file = self.file(tree, inode);
        let missing: Vec<u64> = pages.filter(|page| !file.pages.contains(page)).collect();
        let mut charged = 0;
        for _ in &missing {
            if let Err(refusing) = self.ledger.try_charge(book, Limit::Memory, PAGE) {
                self.ledger.release(book, Limit::Memory, charged);
                return Err(refusing);
            }
            charged += PAGE;
        }
        if offset < PAGE
            && let Err(refusing) = self.grow_first(handle, (offset + length).min(PAGE))
        {
            self.ledger.release(book, Limit::Memory, charged);
            return Err(refusing);
        }
        self.file(tree, inode).pages.extend(missing);
        Ok(())
    }

    /// Makes room for as much of a range as there is memory for. Returns how much that is.
    pub(crate) fn prepare_fitting(
        &mut self,
        handle: Handle,
        offset: u64,
        length: u64,
    ) -> std::result::Result<u64, usize> {
        let Handle { book, tree, inode, .. } = handle;
        let end = offset + length;
        for page in offset / PAGE..end.div_ceil(PAGE) {
            let mut ready = (page * PAGE).saturating_sub(offset);
            let made = if page == 0 {
                let mut wanted = end.min(PAGE);
                let made = self.grow_first(handle, wanted);
                // A smaller buffer may have room.
                while made.is_err() && wanted > 1 && wanted.next_power_of_two() > 64 {
                    wanted = wanted.next_power_of_two() / 2;
                    if wanted > offset && self.grow_first(handle, wanted).is_ok() {
                        break;
                    }
                }
                ready = self.file(tree, inode).first.min(end).saturating_sub(offset);
                made
            } else if self.file(tree, inode).pages.contains(&page) {
                Ok(())
            } else {
                let made = self.ledger.try_charge(book, Limit::Memory, PAGE);
                if made.is_ok() {
                    self.file(tree, inode).pages.insert(page);
                }
                made
            };
            match made {
                Ok(()) => {}
                Err(refusing) if ready == 0 => return Err(refusing),
                Err(_) => return Ok(ready),
            }
        }
        Ok(length)
    }

    pub(crate) fn grow_first(&mut self, handle: Handle, end: u64) -> std::result::Result<(), usize> {
        let first = self.file(handle.tree, handle.inode).first;
        if end > first {
            let capacity = end.next_power_of_two().max(64);
            self.ledger.try_charge(handle.book, Limit::Memory, capacity)?;
            self.ledger.release(handle.book, Limit::Memory, first);
            self.file(handle.tree, handle.inode).first = capacity;
        }
        Ok(())
    }
}
