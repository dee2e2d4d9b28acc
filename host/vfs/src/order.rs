//! The order of a directory's entries, which is by the numbers that they got when they were made.

use crate::allocate;
use crate::error::{Error, Result};
use std::collections::VecDeque;

/// Maximum number of places in a chunk. A removal moves at most this many, and a chunk that is mostly empty wastes little.
const CHUNK: usize = 64;

/// Maximum number of places in a chunk that joins its neighbour, if the neighbour has room.
const SPARSE: usize = CHUNK / 4;

/// The place of an entry, with its number and its slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) number: u64,
    pub(crate) entry: u32,
}

/// Places in ascending order of their numbers. New places are added at the end, and any place can be removed.
#[derive(Debug)]
pub(crate) enum Order {
    /// At most one chunk.
    Few(Vec<Place>),
    /// Chunks, none of them empty.
    Many(VecDeque<Vec<Place>>),
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
            let mut chunks = VecDeque::new();
            chunks.try_reserve(2).map_err(|_| Error::InsufficientMemory)?;
            chunks.push_back(std::mem::take(chunk));
            *self = Self::Many(chunks);
        }
        let Self::Many(chunks) = self else { return Ok(()) };
        match chunks.back_mut() {
            Some(chunk) if chunk.len() < CHUNK => push_to(chunk, place),
            _ => {
                let mut chunk = allocate::vector(CHUNK)?;
                chunk.push(place);
                chunks.try_reserve(1).map_err(|_| Error::InsufficientMemory)?;
                chunks.push_back(chunk);
                Ok(())
            }
        }
    }

    /// Returns the first place whose number is higher than this one.
    pub(crate) fn after(&self, number: u64) -> Option<Place> {
        let chunk = match self {
            Self::Few(chunk) => chunk,
            Self::Many(chunks) => {
                let at = chunks.partition_point(|chunk| chunk.last().is_some_and(|last| last.number <= number));
                chunks.get(at)?
            }
        };
        chunk
            .get(chunk.partition_point(|place| place.number <= number))
            .copied()
    }

    /// Removes the place with a number.
    pub(crate) fn remove(&mut self, number: u64) {
        let chunks = match self {
            Self::Few(chunk) => {
                if remove_from(chunk, number) {
                    shrink(chunk);
                }
                return;
            }
            Self::Many(chunks) => chunks,
        };
        let is_before = |chunk: &Vec<Place>| chunk.last().is_some_and(|last| last.number < number);
        let last = chunks.len() - 1;
        let at = if last > 0 && is_before(&chunks[last - 1]) {
            last
        } else {
            chunks.partition_point(is_before)
        };
        let Some(chunk) = chunks.get_mut(at) else { return };
        if !remove_from(chunk, number) {
            return;
        }
        if chunk.is_empty() {
            chunks.remove(at);
        } else if chunk.len() <= SPARSE {
            join(chunks, at);
        } else {
            return;
        }
        if chunks.len() == 1 && chunks[0].len() <= CHUNK / 2 {
            let mut chunk = std::mem::take(&mut chunks[0]);
            shrink(&mut chunk);
            *self = Self::Few(chunk);
        } else {
            shrink_list(chunks);
        }
    }
}

fn push_to(chunk: &mut Vec<Place>, place: Place) -> Result<()> {
    if chunk.len() == chunk.capacity() {
        // The capacity doubles from 1 to 64, because most directories are small.
        chunk
            .try_reserve_exact(chunk.len().max(1))
            .map_err(|_| Error::InsufficientMemory)?;
    }
    chunk.push(place);
    Ok(())
}

fn remove_from(chunk: &mut Vec<Place>, number: u64) -> bool {
    // Most removed entries are recent.
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

/// Frees memory that a chunk with few places does not need. At least as many places were removed before as are copied now. Without memory
/// for the copy, nothing changes.
fn shrink(chunk: &mut Vec<Place>) {
    if chunk.len() <= chunk.capacity() / 4
        && let Ok(mut smaller) = allocate::vector(chunk.capacity() / 2 * usize::from(!chunk.is_empty()))
    {
        smaller.append(chunk);
        *chunk = smaller;
    }
}

/// Does what [`shrink`] does for the list of the chunks.
fn shrink_list(chunks: &mut VecDeque<Vec<Place>>) {
    let mut smaller = VecDeque::new();
    if chunks.len() <= chunks.capacity() / 4 && smaller.try_reserve_exact(chunks.capacity() / 2).is_ok() {
        smaller.append(chunks);
        *chunks = smaller;
    }
}

/// Joins a sparse chunk with a neighbour that has room for it, so that a few places never take much memory.
fn join(chunks: &mut VecDeque<Vec<Place>>, at: usize) {
    let length = |at: usize| chunks.get(at).map_or(CHUNK, Vec::len);
    let left = if at > 0 && length(at - 1) + length(at) <= CHUNK * 3 / 4 {
        at - 1
    } else if length(at) + length(at + 1) <= CHUNK * 3 / 4 {
        at
    } else {
        return;
    };
    let Some(mut right) = chunks.remove(left + 1) else {
        return;
    };
    let Some(chunk) = chunks.get_mut(left) else { return };
    if chunk.try_reserve(right.len()).is_ok() {
        chunk.append(&mut right);
    } else {
        chunks.insert(left + 1, right);
    }
}
