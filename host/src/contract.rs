//! The contract's names, and what the host tells of a space whoever provides the rest.

use crate::bindings::exports::scratch::tempfile::space::{Limits, Usage};
use crate::budget::Budget;

/// The package of the contract.
pub(crate) const CONTRACT: &str = "scratch:tempfile";

/// The version of the contract that this host speaks.
pub const CONTRACT_VERSION: &str = "0.1.0";

/// The full name of one of its interfaces.
pub(crate) fn interface(name: &str) -> String {
    format!("{CONTRACT}/{name}@{CONTRACT_VERSION}")
}

/// The answer of `get-limits`.
pub(crate) fn limits(budget: &Budget) -> Limits {
    let limits = budget.limits();
    let bounded = |limit: u64| (limit != u64::MAX).then_some(limit);
    Limits {
        bytes: bounded(limits.bytes),
        entries: bounded(limits.entries),
        file_bytes: bounded(limits.file_bytes),
        open_files: bounded(limits.open_files),
        depth: bounded(limits.depth),
    }
}

/// The answer of `get-usage`.
pub(crate) fn usage(budget: &Budget) -> Usage {
    let (bytes, entries) = budget.now();
    Usage { bytes, entries }
}
