//! Conversions between sizes that cannot fail on any platform that has an allocator.

/// Converts a length in memory to a size in a file.
pub(crate) fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Converts a size in a file to a length in memory. A size that is larger than any memory becomes `usize::MAX`.
pub(crate) fn to_usize(size: u64) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}

/// Converts the number of a slot to an index.
pub(crate) fn to_index(slot: u32) -> usize {
    usize::try_from(slot).unwrap_or(usize::MAX)
}
