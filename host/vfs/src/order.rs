//! The order of a directory's entries: by the numbers that they got when they were made.

use crate::allocate;
use crate::error::{Error, Result};
use std::collections::VecDeque;

/// Places in a chunk: a removal moves at most this many, and a chunk costs little when most of it is removed.
const CHUNK: usize = 64;

/// Chunks in a group: a list of all chunks of a large directory would be copied, and given back, in one long step.
const GROUP: usize = 256;

/// The place of an entry: its number, and its slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) number: u64,
    pub(crate) entry: u32,
}

type Chunk = Vec<Place>;
type Group = VecDeque<Chunk>;

/// Places in ascending order of their numbers. New ones come at the end, any may go.
#[derive(Debug)]
pub(crate) enum Order {
    /// At most one chunk.
    Few(Chunk),
    /// Groups of chunks, none of which is empty.
    Many(VecDeque<Group>),
}

impl Default for Order {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Order {
    /// Adds a place whose number is higher than all others.
    ///
    /// # Errors
    ///
    /// Fails, and adds nothing, if there is no memory.
    pub(crate) fn push(&mut self, place: Place) -> Result<()> {
        if let Self::Few(chunk) = self {
            if chunk.len() < CHUNK {
                return push_to(chunk, place);
            }
            let mut groups = list_for(2)?;
            let mut group = list_for(2)?;
            group.push_back(std::mem::take(chunk));
            groups.push_back(group);
            *self = Self::Many(groups);
        }
        let Self::Many(groups) = self else { return Ok(()) };
        if let Some(chunk) = groups.back_mut().and_then(VecDeque::back_mut)
            && chunk.len() < CHUNK
        {
            return push_to(chunk, place);
        }
        let mut chunk = allocate::vector(CHUNK)?;
        chunk.push(place);
        match groups.back_mut() {
            Some(group) if group.len() < GROUP => push_back(group, chunk),
            _ => {
                let mut group = list_for(1)?;
                group.push_back(chunk);
                push_back(groups, group)
            }
        }
    }

    /// Returns the first place whose number is higher than this one.
    pub(crate) fn after(&self, number: u64) -> Option<Place> {
        let chunk = match self {
            Self::Few(chunk) => chunk,
            Self::Many(groups) => {
                let group = groups.get(groups.partition_point(|group| last_of(group) <= number))?;
                group.get(group.partition_point(|chunk| last_in(chunk) <= number))?
            }
        };
        chunk
            .get(chunk.partition_point(|place| place.number <= number))
            .copied()
    }

    /// Removes the place with a number.
    pub(crate) fn remove(&mut self, number: u64) {
        let groups = match self {
            Self::Few(chunk) => {
                if remove_from(chunk, number) {
                    shrink(chunk);
                }
                return;
            }
            Self::Many(groups) => groups,
        };
        let group_at = find(groups, number, last_of);
        let Some(group) = groups.get_mut(group_at) else { return };
        let chunk_at = find(group, number, last_in);
        let Some(chunk) = group.get_mut(chunk_at) else { return };
        if remove_from(chunk, number) && chunk.len() <= CHUNK / 4 {
            settle(group, chunk_at, CHUNK);
            if group.len() <= GROUP / 4 {
                settle(groups, group_at, GROUP);
            }
            self.settle();
        }
    }

    /// Gives memory back after a removal, and goes back to one chunk if there is no more, and little in it.
    fn settle(&mut self) {
        let Self::Many(groups) = self else { return };
        shrink_list(groups);
        if groups.len() > 1 {
            return;
        }
        let Some(group) = groups.front_mut() else { return };
        shrink_list(group);
        if group.len() == 1 && group[0].len() <= CHUNK / 2 {
            let mut chunk = std::mem::take(&mut group[0]);
            shrink(&mut chunk);
            *self = Self::Few(chunk);
        }
    }
}

/// Returns the highest number in a chunk.
fn last_in(chunk: &Chunk) -> u64 {
    chunk.last().map_or(0, |last| last.number)
}

/// Returns the highest number in a group.
fn last_of(group: &Group) -> u64 {
    group.back().map_or(0, last_in)
}

/// Finds the part of a list that a number is in, if it is in any.
fn find<T>(parts: &VecDeque<T>, number: u64, last: impl Fn(&T) -> u64) -> usize {
    // Most of what is removed is young.
    match parts.len() {
        length @ 2.. if last(&parts[length - 2]) < number => length - 1,
        _ => parts.partition_point(|part| last(part) < number),
    }
}

/// Returns an empty list with room for so many items.
fn list_for<T>(length: usize) -> Result<VecDeque<T>> {
    let mut list = VecDeque::new();
    list.try_reserve(length).map_err(|_| Error::InsufficientMemory)?;
    Ok(list)
}

fn push_back<T>(list: &mut VecDeque<T>, item: T) -> Result<()> {
    list.try_reserve(1).map_err(|_| Error::InsufficientMemory)?;
    list.push_back(item);
    Ok(())
}

fn push_to(chunk: &mut Chunk, place: Place) -> Result<()> {
    if chunk.len() == chunk.capacity() {
        // 1, 2, 4 … 64: most directories are small.
        chunk
            .try_reserve_exact(chunk.len().max(1))
            .map_err(|_| Error::InsufficientMemory)?;
    }
    chunk.push(place);
    Ok(())
}

fn remove_from(chunk: &mut Chunk, number: u64) -> bool {
    // Most of what is removed is young.
    if chunk.last().is_some_and(|last| last.number == number) {
        chunk.pop();
        return true;
    }
    match chunk.binary_search_by_key(&number, |place| place.number) {
        Ok(at) => {
            chunk.remove(at);
            true
        }
        Err(_) => false,
    }
}

/// A part of a list: a chunk, or a group of chunks.
trait Part: Default {
    fn length(&self) -> usize;

    /// Takes all that is in the part behind this one, unless there is no memory.
    fn append(&mut self, behind: &mut Self);
}

impl Part for Chunk {
    fn length(&self) -> usize {
        self.len()
    }

    fn append(&mut self, behind: &mut Self) {
        if self.try_reserve_exact(behind.len()).is_ok() {
            self.append(behind);
        }
    }
}

impl Part for Group {
    fn length(&self) -> usize {
        self.len()
    }

    fn append(&mut self, behind: &mut Self) {
        if self.try_reserve_exact(behind.len()).is_ok() {
            self.append(behind);
        }
    }
}

/// Removes a part that is empty, and joins one that has little in it with a neighbour that has room, so that few places never take much
/// memory.
fn settle<T: Part>(parts: &mut VecDeque<T>, at: usize, most: usize) {
    let length = |at: usize| parts.get(at).map_or(most, Part::length);
    let fits = |left: usize| length(left) + length(left + 1) <= most * 3 / 4;
    let left = match at {
        _ if length(at) == 0 => None,
        1.. if fits(at - 1) => Some(at - 1),
        _ if fits(at) => Some(at),
        _ => return,
    };
    let gone = match left {
        None => at,
        Some(left) => {
            let mut behind = std::mem::take(&mut parts[left + 1]);
            parts[left].append(&mut behind);
            if behind.length() > 0 {
                parts[left + 1] = behind;
                return;
            }
            left + 1
        }
    };
    parts.remove(gone);
}

/// Gives memory back that few places do not need. It is cut off where it is, without a copy: after many removals an allocation can take
/// milliseconds, because the allocator then sorts what was freed.
fn shrink(chunk: &mut Chunk) {
    if chunk.is_empty() {
        *chunk = Vec::new();
    } else if chunk.len() <= chunk.capacity() / 4 {
        chunk.shrink_to(chunk.capacity() / 2);
    }
}

/// As [`shrink`], for a list of chunks or groups.
fn shrink_list<T>(list: &mut VecDeque<T>) {
    if list.len() <= list.capacity() / 4 {
        list.shrink_to(list.capacity() / 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Returns the room that an order has, in places.
    fn capacity(order: &Order) -> usize {
        match order {
            Order::Few(chunk) => chunk.capacity(),
            Order::Many(groups) => groups.iter().flatten().map(Vec::capacity).sum(),
        }
    }

    #[test]
    fn places_stay_in_order_and_take_memory_for_what_is_left() {
        const PLACES: u64 = 100_000;
        // What is removed, in no order: the numbers with these remainders.
        for (modulus, removed) in [
            (1, 0..1),
            (64, 17..64),
            (64, 1..64),
            (1_000, 1..1_000),
            (50_000, 1..50_000),
        ] {
            let mut order = Order::default();
            let mut model = BTreeMap::new();
            for number in 1..=PLACES {
                let entry = u32::try_from(number).unwrap();
                order.push(Place { number, entry }).unwrap();
                model.insert(number, entry);
            }
            for step in 0..PLACES {
                let number = step * 7_919 % PLACES + 1;
                if removed.contains(&(number % modulus)) {
                    order.remove(number);
                    model.remove(&number);
                    // What is not there changes nothing.
                    order.remove(number);
                }
            }
            let mut after = 0;
            for (number, entry) in &model {
                let place = order.after(after).unwrap();
                assert_eq!((place.number, place.entry), (*number, *entry));
                after = *number;
            }
            assert!(order.after(after).is_none());
            assert!(capacity(&order) <= 4 * model.len() + 2 * CHUNK, "{modulus}");
        }
    }
}
