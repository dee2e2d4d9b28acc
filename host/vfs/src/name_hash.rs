//! The hash that entries are found by.
//!
//! Programs choose names, and one that could choose many names of the same hash would make each look-up long. So the hash depends on
//! keys that no program sees. It is of the kind of wyhash: eight bytes at a time are multiplied to twice their width and folded, which
//! takes a tenth of the time of the standard library's.

use std::hash::{BuildHasher, RandomState};

/// The secret keys of a tree's hashes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameKeys {
    start: u64,
    step: u64,
}

impl NameKeys {
    /// Draws keys. The standard library's are seeded by the system.
    pub(crate) fn new() -> Self {
        let seed = RandomState::new();
        // An odd number loses no bit of what it is multiplied with.
        Self {
            start: seed.hash_one(0_u8),
            step: seed.hash_one(1_u8) | 1,
        }
    }

    /// Returns the hash of a name in a directory.
    pub(crate) fn hash(&self, directory: u32, name: &[u8]) -> u32 {
        let mut hash = fold(self.start ^ u64::from(directory), self.step);
        let (words, rest) = name.as_chunks::<8>();
        for word in words {
            hash = fold(hash ^ u64::from_le_bytes(*word), self.step);
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        // Names have no NUL and at most 255 bytes, so that zeros at the end and the length tell all names apart.
        last[7] |= u8::try_from(name.len()).unwrap_or_default();
        hash = fold(hash ^ u64::from_le_bytes(last), self.step.rotate_left(32));
        let [a, b, c, d, e, f, g, h] = hash.to_le_bytes();
        u32::from_le_bytes([a, b, c, d]) ^ u32::from_le_bytes([e, f, g, h])
    }
}

/// Multiplies to 128 bits, and folds the halves.
fn fold(a: u64, b: u64) -> u64 {
    let product = (u128::from(a) * u128::from(b)).to_le_bytes();
    let mut halves = [[0; 8]; 2];
    halves[0].copy_from_slice(&product[..8]);
    halves[1].copy_from_slice(&product[8..]);
    u64::from_le_bytes(halves[0]) ^ u64::from_le_bytes(halves[1])
}
