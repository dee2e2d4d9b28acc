//! Allocation that fails with an error instead of ending the process.

use crate::error::{Error, Result};
use std::sync::Arc;

/// Returns an empty vector with exactly this capacity.
pub(crate) fn vector<T>(capacity: usize) -> Result<Vec<T>> {
    let mut vector = Vec::new();
    vector
        .try_reserve_exact(capacity)
        .map_err(|_| Error::InsufficientMemory)?;
    Ok(vector)
}

/// Copies bytes to the heap.
pub(crate) fn copy(bytes: &[u8]) -> Result<Box<[u8]>> {
    let mut copy = vector(bytes.len())?;
    copy.extend_from_slice(bytes);
    Ok(copy.into_boxed_slice())
}

/// Moves a value to the heap so that it can be shared.
///
/// `Arc::new` ends the process when memory runs out. So this first allocates the same amount of memory, and a little more for
/// the counts, in a way that can fail, and frees it at once.
pub(crate) fn shared<T>(value: T) -> Result<Arc<T>> {
    probe::<T>()?;
    Ok(Arc::new(value))
}

/// Moves a value to the heap.
pub(crate) fn boxed<T>(value: T) -> Result<Box<T>> {
    probe::<T>()?;
    Ok(Box::new(value))
}

fn probe<T>() -> Result<()> {
    let probe = vector::<u8>(size_of::<T>() + 2 * size_of::<usize>())?;
    std::hint::black_box(&probe);
    Ok(())
}
