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

#[cfg(test)]
mod tests {
    use crate::{Base, Limits};

    #[test]
    fn a_program_is_told_each_limit_that_there_is() {
        let place = tempfile::tempdir().expect("a directory");
        let base = Base::open(place.path().join("base")).expect("a base");
        let told = |limits| {
            let space = base.space_within(None, limits);
            let told = super::limits(space.shared().budget());
            space.end();
            [told.bytes, told.file_bytes, told.entries, told.open_files, told.depth]
        };
        let mut limits = Limits::UNLIMITED;
        assert_eq!(told(limits), [None; 5]);
        (limits.bytes, limits.file_bytes, limits.entries) = (1, 2, 3);
        (limits.open_files, limits.depth) = (4, 5);
        assert_eq!(told(limits), [1, 2, 3, 4, 5].map(Some));
    }
}
