//! Locks that still work after a panic.
//!
//! An operation of this crate panics while it holds a lock only because of a bug in this crate. Refusing every later operation
//! would only spread the effect of the bug.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// Locks a mutex.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locks a mutex, or returns `None` if it is held.
pub(crate) fn try_lock<T: ?Sized>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}
