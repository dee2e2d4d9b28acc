//! The files of a space that are open: how large each is, or may be while it is being written.
//!
//! Bytes are charged for inodes and not for names: a file that was unlinked stays charged until its last holder goes.
//! Nobody but the guard changes files of a space, so that what is written down here is their size: the file system is asked
//! only when a write fell short, or when two that overlapped leave it in doubt.

use std::collections::HashMap;
use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Budget, Kind, Refused};

/// An inode of a space: device and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct InodeId {
    device: u64,
    number: u64,
}

impl InodeId {
    pub(crate) fn new(device: u64, number: u64) -> InodeId {
        InodeId { device, number }
    }

    pub(crate) fn of(stat: &rustix::fs::Stat) -> InodeId {
        InodeId::new(stat.st_dev, stat.st_ino)
    }
}

/// The open inodes of a space.
#[derive(Debug, Default)]
pub(super) struct Inodes {
    open: HashMap<InodeId, Arc<Inode>>,
    /// Writes that nobody waits for any more: each is settled when nobody but us holds its file.
    abandoned: Vec<Growth>,
    /// Whether the space has ended: nothing is charged any more.
    has_ended: bool,
}

#[derive(Debug)]
struct Inode {
    id: InodeId,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// What is charged: the size, or what it may become by writes in flight.
    charged: u64,
    in_flight: u32,
    /// Whether `charged` may be too much once nothing is in flight.
    is_doubtful: bool,
    has_name: bool,
    holders: usize,
}

impl State {
    /// Whether nobody has it open, and nothing is in flight.
    fn is_left(&self) -> bool {
        self.holders == 0 && self.in_flight == 0
    }
}

impl Inode {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open file of a space. The inode stays charged for as long as one of these is there.
#[derive(Debug)]
pub(crate) struct OpenInode {
    budget: Arc<Budget>,
    inode: Arc<Inode>,
    file: Arc<File>,
}

impl Budget {
    /// A file of the space was opened, which has `size` now, was charged so, and has a name.
    pub(crate) fn opened(self: &Arc<Budget>, id: InodeId, size: u64, file: &Arc<File>) -> OpenInode {
        let mut inodes = self.inodes();
        let inode = inodes.open.entry(id).or_insert_with(|| {
            Arc::new(Inode {
                id,
                state: Mutex::new(State {
                    charged: size,
                    in_flight: 0,
                    is_doubtful: false,
                    has_name: true,
                    holders: 0,
                }),
            })
        });
        inode.state().holders += 1;
        OpenInode {
            budget: Arc::clone(self),
            inode: Arc::clone(inode),
            file: Arc::clone(file),
        }
    }

    /// The last holder of an inode has gone, unless there is another by now.
    fn forget_if_left(&self, inode: &Arc<Inode>) {
        let mut inodes = self.inodes();
        let state = inode.state();
        let is_known = inodes
            .open
            .get(&inode.id)
            .is_some_and(|known| Arc::ptr_eq(known, inode));
        if !is_known || !state.is_left() {
            return;
        }
        inodes.open.remove(&inode.id);
        drop(inodes);
        if !state.has_name {
            self.give(Kind::Bytes, state.charged);
        }
    }

    /// The last name of a file of this size is gone.
    pub(crate) fn unnamed(&self, id: InodeId, size: u64) {
        match self.inodes().open.get(&id) {
            // Given back when its last holder goes.
            Some(inode) => inode.state().has_name = false,
            None => self.give(Kind::Bytes, size),
        }
    }

    /// A file that had no name has one now.
    pub(crate) fn named(&self, id: InodeId) {
        if let Some(inode) = self.inodes().open.get(&id) {
            inode.state().has_name = true;
        }
    }

    /// A file that is not open, or is, was cut to nothing from this size.
    pub(crate) fn cut(&self, id: InodeId, size: u64) {
        let inodes = self.inodes();
        let Some(inode) = inodes.open.get(&id) else {
            drop(inodes);
            self.give(Kind::Bytes, size);
            return;
        };
        let mut state = inode.state();
        if state.in_flight > 0 {
            // Whoever writes finds out how large it is in the end.
            state.is_doubtful = true;
            return;
        }
        let given = std::mem::take(&mut state.charged);
        drop(state);
        self.give(Kind::Bytes, given);
    }

    /// Settles abandoned writes that are over. Returns whether there were any.
    pub(super) fn settle(&self) -> bool {
        let over: Vec<Growth> = {
            let mut inodes = self.inodes();
            if inodes.abandoned.is_empty() {
                return false;
            }
            let mut ours: HashMap<*const File, usize> = HashMap::new();
            for growth in &inodes.abandoned {
                *ours.entry(growth.address()).or_default() += 1;
            }
            let is_over = |growth: &mut Growth| growth.holders() <= ours[&growth.address()];
            inodes.abandoned.extract_if(.., is_over).collect()
        };
        let any = !over.is_empty();
        for growth in over {
            growth.finish(false);
        }
        any
    }

    /// Forgets what is in flight: the space has ended, and nothing is charged any more.
    pub(crate) fn forget_writes(&self) {
        let abandoned = {
            let mut inodes = self.inodes();
            inodes.has_ended = true;
            std::mem::take(&mut inodes.abandoned)
        };
        for mut growth in abandoned {
            drop(growth.write.take());
        }
    }
}

/// Calls `set` with what open files are charged beyond what a walk has found: those that have no name, as `named` says
/// which have one, and those that are being written. Nothing is charged for them meanwhile.
pub(super) fn beyond(budget: &Budget, named: &HashMap<InodeId, u64>, set: impl FnOnce(u64)) {
    let inodes = budget.inodes();
    let mut states: Vec<_> = inodes.open.iter().map(|(id, inode)| (id, inode.state())).collect();
    let mut bytes = 0_u64;
    for (id, state) in &mut states {
        let found = named.get(*id).copied();
        state.has_name = found.is_some();
        bytes = bytes.saturating_add(state.charged.saturating_sub(found.unwrap_or(0)));
    }
    set(bytes);
}

impl OpenInode {
    /// One more holder of the same open file.
    pub(crate) fn hold(&self) -> OpenInode {
        self.inode.state().holders += 1;
        OpenInode {
            budget: Arc::clone(&self.budget),
            inode: Arc::clone(&self.inode),
            file: Arc::clone(&self.file),
        }
    }

    /// Its size, or what that may become by what is in flight.
    pub(crate) fn charged(&self) -> u64 {
        self.inode.state().charged
    }

    pub(crate) fn id(&self) -> InodeId {
        self.inode.id
    }

    /// What it is charged to.
    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Before bytes are written up to `end`.
    pub(crate) fn write_to(&self, end: u64) -> Result<Growth, Refused> {
        self.grow(|charged| charged.max(end))
    }

    /// Before so many bytes are appended.
    pub(crate) fn append(&self, length: u64) -> Result<Growth, Refused> {
        self.grow(|charged| charged.saturating_add(length))
    }

    /// Before the size is set.
    pub(crate) fn resize(&self, size: u64) -> Result<Growth, Refused> {
        let mut growth = self.grow(|charged| charged.max(size))?;
        growth.shrinks_to = Some(size);
        Ok(growth)
    }

    fn grow(&self, larger: impl Fn(u64) -> u64) -> Result<Growth, Refused> {
        let grown = self.charge(&larger).or_else(|refused| match refused {
            // What is charged for writes that nobody waits for any more may be too much.
            Refused::Full if self.budget.settle() => self.charge(&larger),
            refused => Err(refused),
        });
        grown.map(|()| Growth {
            write: Some(Write {
                budget: Arc::clone(&self.budget),
                inode: Arc::clone(&self.inode),
                file: Arc::clone(&self.file),
            }),
            shrinks_to: None,
        })
    }

    fn charge(&self, larger: impl Fn(u64) -> u64) -> Result<(), Refused> {
        let mut state = self.inode.state();
        let charged = larger(state.charged);
        if charged > state.charged {
            self.budget.file_bytes(charged)?;
            let more = charged - state.charged;
            self.budget.charge(Kind::Bytes, more, self.budget.limits.bytes)?;
            state.charged = charged;
        }
        // What is left in the end may depend on which of two is done first.
        state.is_doubtful |= state.in_flight > 0;
        state.in_flight += 1;
        Ok(())
    }

    /// How many bytes may be written from `position` on, or appended.
    ///
    /// # Errors
    ///
    /// If it is none: somebody is told so by [`Budget::was_refused`].
    pub(crate) fn room(&self, position: Option<u64>) -> Result<u64, Refused> {
        let charged = self.inode.state().charged;
        let position = position.unwrap_or(charged);
        let in_file = self.budget.limits.file_bytes.saturating_sub(position);
        if in_file == 0 {
            return Err(self.budget.beyond_one_file(position.saturating_add(1)));
        }
        let inside = charged.saturating_sub(position);
        let hole = position.saturating_sub(charged);
        let left = self.budget.room(Kind::Bytes);
        // In a hole every byte before the position is charged, too.
        let room = inside.saturating_add(left.saturating_sub(hole)).min(in_file);
        match room {
            0 => Err(Refused::Full),
            room => Ok(room),
        }
    }
}

impl Drop for OpenInode {
    fn drop(&mut self) {
        let is_last = {
            let mut state = self.inode.state();
            state.holders -= 1;
            state.is_left()
        };
        if is_last {
            self.budget.forget_if_left(&self.inode);
        }
    }
}

/// A write that was charged and has not been finished. While there is one its inode stays charged, too.
#[derive(Debug)]
pub(crate) struct Growth {
    /// `None` once it is settled.
    write: Option<Write>,
    shrinks_to: Option<u64>,
}

#[derive(Debug)]
struct Write {
    budget: Arc<Budget>,
    inode: Arc<Inode>,
    file: Arc<File>,
}

impl Growth {
    /// The write is over. `is_whole` if all of it was done.
    pub(crate) fn finish(mut self, is_whole: bool) {
        let Some(write) = self.write.take() else { return };
        let mut state = write.inode.state();
        state.in_flight -= 1;
        state.is_doubtful |= !is_whole;
        let before = state.charged;
        match self.shrinks_to {
            Some(size) if !state.is_doubtful => state.charged = size,
            _ => {}
        }
        if state.is_doubtful && state.in_flight == 0 {
            state.is_doubtful = false;
            // An open file that cannot be looked at stays charged as much as it was.
            if let Ok(stat) = rustix::fs::fstat(&write.file) {
                state.charged = u64::try_from(stat.st_size).unwrap_or(0);
            }
        }
        let (after, is_last) = (state.charged, state.is_left());
        drop(state);
        if after > before {
            write.budget.force(Kind::Bytes, after - before);
        } else if before > after {
            write.budget.give(Kind::Bytes, before - after);
        }
        if is_last {
            write.budget.forget_if_left(&write.inode);
        }
    }

    /// The open file that is written.
    pub(crate) fn file(&self) -> Option<&Arc<File>> {
        self.write.as_ref().map(|write| &write.file)
    }

    /// To tell its open file from others.
    fn address(&self) -> *const File {
        self.file().map_or(std::ptr::null(), Arc::as_ptr)
    }

    /// How many hold the open file. When nobody but us does, nothing is in flight.
    fn holders(&self) -> usize {
        self.file().map_or(0, Arc::strong_count)
    }
}

impl Drop for Growth {
    fn drop(&mut self) {
        if let Some(write) = self.write.take() {
            // Its future was dropped: the write may go on in the background.
            let budget = Arc::clone(&write.budget);
            let mut inodes = budget.inodes();
            if inodes.has_ended {
                return;
            }
            inodes.abandoned.push(Growth {
                write: Some(write),
                shrinks_to: self.shrinks_to,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt as _;

    use super::*;
    use crate::budget::{BaseBudget, BaseLimits, Limits};

    /// An empty file of a space that may have `bytes`, open once, and the file that operations in the background hold.
    fn file(bytes: u64) -> (Arc<Budget>, OpenInode, Arc<File>) {
        let file = Arc::new(tempfile::tempfile().expect("a file"));
        let mut unlimited = BaseLimits::default();
        for limit in [&mut unlimited.bytes, &mut unlimited.entries, &mut unlimited.open_files] {
            *limit = Some(u64::MAX);
        }
        let mut limits = Limits::UNLIMITED;
        limits.bytes = bytes;
        let budget = Budget::new(None, limits, Arc::new(BaseBudget::new(unlimited, &file)));
        let open = budget.opened(InodeId::new(1, 1), 0, &file);
        (budget, open, file)
    }

    #[test]
    fn a_write_that_nobody_waits_for_is_charged_until_it_is_over() {
        let (budget, open, file) = file(100);
        drop(open.write_to(100).expect("there is room"));
        drop(open);
        assert_eq!(budget.now().0, 100, "it goes on");
        let other = Arc::new(tempfile::tempfile().expect("a file"));
        let second = budget.opened(InodeId::new(1, 2), 0, &other);
        assert_eq!(second.write_to(1).err(), Some(Refused::Full));
        // It fell short.
        file.write_all_at(&[0; 40], 0).expect("our own file");
        drop(file);
        second
            .write_to(60)
            .expect("who needs room finds what is over")
            .finish(false);
        assert_eq!(budget.now().0, 40);
        // And so does who asks how much there is.
        drop(second.write_to(60).expect("there is room"));
        drop(second);
        drop(other);
        assert_eq!(budget.now().0, 40);
    }

    #[test]
    fn the_end_of_a_space_lets_go_of_files_that_are_being_written() {
        let (budget, open, file) = file(100);
        drop(open.write_to(100).expect("there is room"));
        drop(open);
        assert_eq!(Arc::strong_count(&file), 2);
        budget.forget_writes();
        assert_eq!(Arc::strong_count(&file), 1);
        assert_eq!(Arc::strong_count(&budget), 1);
    }

    /// Which of two was done first is found out when both are over.
    #[test]
    fn of_two_that_overlap_the_file_itself_says_how_large_it_is() {
        for is_grown_last in [false, true] {
            let (budget, open, file) = file(100);
            let write = open.write_to(100).expect("there is room");
            let set_size = open.resize(10).expect("it is not larger");
            file.write_all_at(&[0; 100], 0).expect("our own file");
            if !is_grown_last {
                file.set_len(10).expect("our own file");
            }
            set_size.finish(true);
            assert_eq!(budget.now().0, 100, "one is in flight");
            write.finish(true);
            assert_eq!(budget.now().0, if is_grown_last { 100 } else { 10 });
        }
    }

    #[test]
    fn a_file_that_is_cut_while_it_is_written_is_looked_at_afterwards() {
        let (budget, open, file) = file(100);
        let write = open.write_to(100).expect("there is room");
        file.write_all_at(&[0; 100], 0).expect("our own file");
        file.set_len(0).expect("our own file");
        budget.cut(InodeId::new(1, 1), 100);
        assert_eq!(budget.now().0, 100, "it is in flight");
        write.finish(true);
        assert_eq!(budget.now().0, 0);
    }

    #[test]
    fn a_walk_does_not_find_what_is_still_being_written() {
        let (budget, open, file) = file(100);
        let write = open.write_to(60).expect("there is room");
        // Somebody else's directory has left the space: a walk finds the file as it is so far.
        budget.found(1, 0, &HashMap::from([(InodeId::new(1, 1), 0)]));
        file.write_all_at(&[0; 60], 0).expect("our own file");
        write.finish(true);
        assert_eq!(budget.now().0, 60);
    }
}
