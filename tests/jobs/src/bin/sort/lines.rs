//! Lines as bytes: where they end, and which comes first.

use std::cmp::{self, Ordering};

/// The first eight bytes as a number that compares as they do, with zeros for those that are not there.
///
/// Where the numbers differ, the lines differ in the same way. Where they do not, nothing is known.
pub(crate) fn key(line: &[u8]) -> u64 {
    let first = line.first_chunk().copied().unwrap_or_else(|| {
        let mut first = [0; 8];
        first[..line.len()].copy_from_slice(line);
        first
    });
    u64::from_be_bytes(first)
}

/// The order of slices, eight bytes at a time: on Wasm, `memcmp` takes one at a time.
pub(crate) fn compare(one: &[u8], other: &[u8]) -> Ordering {
    let common = cmp::min(one.len(), other.len());
    let (ones, _) = one[..common].as_chunks();
    let (others, _) = other[..common].as_chunks();
    for (one, other) in ones.iter().zip(others) {
        if one != other {
            return u64::from_be_bytes(*one).cmp(&u64::from_be_bytes(*other));
        }
    }
    let done = ones.len() * 8;
    one[done..].cmp(&other[done..])
}

/// Where the first newline is, looked for in eight bytes at a time.
pub(crate) fn newline(bytes: &[u8]) -> Option<usize> {
    const NEWLINES: u64 = u64::from_le_bytes([b'\n'; 8]);
    const ONES: u64 = u64::from_le_bytes([0x01; 8]);
    const TOPS: u64 = u64::from_le_bytes([0x80; 8]);
    let (chunks, rest) = bytes.as_chunks();
    for (number, chunk) in chunks.iter().enumerate() {
        let differs = u64::from_le_bytes(*chunk) ^ NEWLINES;
        // The lowest bit that is set is the top of the first byte that is zero: only above it may a borrow set others.
        let zeros = differs.wrapping_sub(ONES) & !differs & TOPS;
        if zeros != 0 {
            let byte = usize::try_from(zeros.trailing_zeros() / 8).ok()?;
            return Some(number * 8 + byte);
        }
    }
    let byte = rest.iter().position(|byte| *byte == b'\n')?;
    Some(chunks.len() * 8 + byte)
}
