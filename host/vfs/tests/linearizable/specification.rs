//! What one thread alone would be told.
//!
//! A limit may refuse more than it refuses one thread, while others hold charges beyond what is in use: those that they are about to
//! give back, of what they removed, closed or cut off, and those of files that they are about to make longer. So the specification
//! sets the limit lower by what others may hold, if they were under way at the same time, and only for an operation that was refused
//! or cut short. It never sets a limit higher, until the space ends.

use crate::history::{Excess, Record};
use crate::operation::{Hand, Operation, Outcome};
use crate::state::State;
use crate::world::{Bounds, Room, World};
use scratch_vfs::{Error, Kind, Opened};

/// A space that one thread uses, with what each thread of a history has open.
#[derive(Debug)]
pub(crate) struct Specification {
    world: World,
    hands: Vec<Hand>,
    /// The space is ending: no name is found any more, and files are freed one after the other.
    is_detached: bool,
}

impl Specification {
    pub(crate) fn new(threads: usize, room: Room) -> Self {
        let (world, hands) = World::new(threads, room, false);
        Self {
            world,
            hands,
            is_detached: false,
        }
    }

    /// Returns the state, unless the space is ending or has ended.
    pub(crate) fn state(&self) -> Option<State> {
        (!self.is_detached).then(|| State::of(&self.world, &self.hands))
    }

    /// Does what a thread did, and says whether the answer is the same. If it is not, the state is not to be used any more.
    pub(crate) fn agrees(&mut self, thread: usize, record: &Record, excess: Excess) -> bool {
        self.answer(thread, record, excess) == record.outcome
    }

    fn answer(&mut self, thread: usize, record: &Record, excess: Excess) -> Outcome {
        let Self { world, hands, .. } = self;
        let hand = &mut hands[thread];
        let operation = &record.operation;
        let handle = operation.handle().and_then(|handle| hand.position(handle));
        if self.is_detached {
            let has_no_handle = operation.handle().is_some() && handle.is_none();
            match operation {
                _ if has_no_handle => {}
                Operation::End(_) | Operation::Close(_) | Operation::IsSameObject(..) => {}
                // Each file is freed at a moment of its own, which is past if somebody was told so.
                _ if operation.is_of_content() => {
                    if let Some(file) = handle.map(|handle| &hand.handles[handle])
                        && record.outcome == Outcome::Failed(Error::NoEntry)
                        && file.kind() == Kind::File
                    {
                        // It fails if the space has ended, and the file with it.
                        let _ = world.space.remove(file, Opened::Revoke);
                    }
                }
                _ => return Outcome::Failed(Error::NoEntry),
            }
        }
        self.is_detached |= matches!(operation, Operation::Detach);
        let mut bounds = world.bounds;
        if self.is_detached {
            // What was freed makes room, and nobody knows how much of it was freed by then.
            bounds.bytes = None;
        }
        world.set(lower(bounds, world, hand, record, excess));
        let outcome = operation.apply(&world.space, &world.root, hand);
        world.set(world.bounds);
        outcome
    }
}

/// Lowers the limit that refused an operation, or that cut it short, by what others may have held.
fn lower(mut bounds: Bounds, world: &World, hand: &Hand, record: &Record, excess: Excess) -> Bounds {
    let less = |limit: Option<u64>, amount: u64| limit.map(|limit| limit.saturating_sub(amount));
    match &record.outcome {
        Outcome::Failed(Error::Quota) => bounds.open_files = less(bounds.open_files, excess.open_files),
        Outcome::Failed(Error::InsufficientSpace) if record.operation.is_of_content() => {
            bounds.bytes = less(world.bounds.bytes, excess.bytes);
        }
        Outcome::Failed(Error::InsufficientSpace) => bounds.entries = less(bounds.entries, excess.entries),
        Outcome::Written(written) => {
            if let Some(growth) = growth_of_short_write(hand, &record.operation, *written) {
                let room = world.space.usage().bytes.used + growth;
                let most = bounds.bytes.unwrap_or(u64::MAX);
                bounds.bytes = less(world.bounds.bytes, excess.bytes).map(|least| room.min(most).max(least));
            }
        }
        _ => {}
    }
    bounds
}

/// Returns by how much a write that was cut short made its file longer; `None` if it was not cut short.
fn growth_of_short_write(hand: &Hand, operation: &Operation, written: usize) -> Option<u64> {
    let (offset, data) = match operation {
        Operation::Write { offset, data, .. } => (Some(*offset), data),
        Operation::Append { data, .. } => (None, data),
        _ => return None,
    };
    if written >= data.len() {
        return None;
    }
    let file = &hand.handles[hand.position(operation.handle()?)?];
    let size = file.stat().ok()?.size;
    let written = u64::try_from(written).expect("little is written");
    Some((offset.unwrap_or(size) + written).saturating_sub(size))
}
