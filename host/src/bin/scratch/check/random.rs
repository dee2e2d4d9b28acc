//! A source of random numbers that is bad at first, for the cases of names that are taken.

use std::convert::Infallible;

use rand_core::TryRng;

/// The same byte for a while, then the system's random numbers.
pub(super) struct SameThenRandom {
    same: usize,
}

impl SameThenRandom {
    pub(super) fn new(same_bytes: usize) -> SameThenRandom {
        SameThenRandom { same: same_bytes }
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        let same = self.same.min(bytes.len());
        self.same -= same;
        let (same, mut random) = bytes.split_at_mut(same);
        same.fill(0x5a);
        while !random.is_empty() {
            // A signal may interrupt it; the system's source has no other errors.
            let filled = rustix::rand::getrandom(&mut *random, rustix::rand::GetRandomFlags::empty()).unwrap_or(0);
            random = &mut random[filled..];
        }
    }
}

impl TryRng for SameThenRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.fill(bytes);
        Ok(())
    }
}
