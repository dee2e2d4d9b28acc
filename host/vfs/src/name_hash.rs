//! The hash by which entries are found.
//!
//! Programs choose names. A program that could choose many names with the same hash would make every look-up slow, so the hash depends
//! on keys that no program sees. It works like wyhash, which multiplies eight bytes at a time to twice their width and folds the result.
//! That takes a tenth of the time of the standard library's hash.

use std::hash::{BuildHasher, RandomState};

/// The secret keys of a tree's hashes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameKeys {
    start: u64,
    step: u64,
}

impl NameKeys {
    /// Draws random keys. They come from the standard library, which the system seeds.
    pub(crate) fn new() -> Self {
        let seed = RandomState::new();
        // Multiplying by an odd number loses no bits.
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
        // Names have no NUL and at most 255 bytes, so the padding with zeros and the length distinguish all names.
        last[7] |= u8::try_from(name.len()).unwrap_or_default();
        hash = fold(hash ^ u64::from_le_bytes(last), self.step.rotate_left(32));
        let [a, b, c, d, e, f, g, h] = hash.to_le_bytes();
        u32::from_le_bytes([a, b, c, d]) ^ u32::from_le_bytes([e, f, g, h])
    }
}

/// Multiplies two numbers to 128 bits, and combines the halves.
fn fold(a: u64, b: u64) -> u64 {
    let product = (u128::from(a) * u128::from(b)).to_le_bytes();
    let mut halves = [[0; 8]; 2];
    halves[0].copy_from_slice(&product[..8]);
    halves[1].copy_from_slice(&product[8..]);
    u64::from_le_bytes(halves[0]) ^ u64::from_le_bytes(halves[1])
}
