//! What a file holds in the host's memory.

use std::sync::Arc;

use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

use super::{Failed, length};
use crate::budget::Taken;

/// Bytes in memory, charged.
#[derive(Debug)]
pub(super) struct Memory {
    /// Shared for as long as a whole file is handed to a program.
    bytes: Arc<Vec<u8>>,
    /// How many it may be.
    limit: u64,
    charge: Taken,
}

impl Memory {
    /// No bytes yet, and `limit` at most; `charge` is of nothing.
    pub(super) fn new(limit: u64, charge: Taken) -> Memory {
        Memory {
            bytes: Arc::default(),
            limit,
            charge,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn size(&self) -> u64 {
        length(&self.bytes)
    }

    /// The largest size for which there is room now.
    pub(super) fn room(&self) -> u64 {
        self.charge.room().min(self.limit)
    }

    /// Up to `length` bytes from `offset` on.
    ///
    /// # Errors
    ///
    /// `insufficient-memory`.
    pub(super) fn read(&self, length: usize, offset: u64) -> Result<Arc<Vec<u8>>, Failed> {
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|offset| self.bytes.get(offset..))
            .unwrap_or_default();
        if offset == 0 && rest.len() <= length {
            // All of it: without a copy.
            return Ok(Arc::clone(&self.bytes));
        }
        let mut read = Vec::new();
        let length = length.min(rest.len());
        read.try_reserve_exact(length)
            .map_err(|_| Failed::Code(ErrorCode::InsufficientMemory))?;
        read.extend_from_slice(&rest[..length]);
        Ok(Arc::new(read))
    }

    /// Charges and takes memory for a file that ends at `end`, if there is any.
    pub(super) fn make_room(&mut self, end: u64) -> bool {
        let size = self.size();
        if end <= size {
            return true;
        }
        let Ok(end_index) = usize::try_from(end) else {
            return false;
        };
        if end > self.limit || self.charge.resize(end).is_err() {
            return false;
        }
        let bytes = Arc::make_mut(&mut self.bytes);
        let capacity = bytes.capacity();
        if end_index > capacity {
            // Twice what there was, so that small appends cost little; never more than it may hold.
            let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
            let roomy = capacity.saturating_mul(2).min(limit).max(end_index);
            if bytes.try_reserve_exact(roomy - bytes.len()).is_err() {
                let _ = self.charge.resize(size);
                return false;
            }
        }
        true
    }

    /// Writes where room was made.
    ///
    /// # Errors
    ///
    /// `file-too-large` for an offset that no memory has.
    pub(super) fn write(&mut self, piece: &[u8], offset: u64) -> Result<(), Failed> {
        let begin = usize::try_from(offset).map_err(|_| Failed::Code(ErrorCode::FileTooLarge))?;
        let bytes = Arc::make_mut(&mut self.bytes);
        if begin > bytes.len() {
            bytes.resize(begin, 0);
        }
        let (over, beyond) = piece.split_at(piece.len().min(bytes.len() - begin));
        bytes[begin..begin + over.len()].copy_from_slice(over);
        bytes.extend_from_slice(beyond);
        Ok(())
    }

    /// Cuts it off or extends it with zeros. Whether there was room for it.
    pub(super) fn resize(&mut self, size: u64) -> bool {
        let is_charged = match self.bytes.is_empty() {
            true => size <= self.limit && self.charge.resize(size).is_ok(),
            false => self.make_room(size) && self.charge.resize(size).is_ok(),
        };
        let (true, Ok(size)) = (is_charged, usize::try_from(size)) else {
            return false;
        };
        let bytes = Arc::make_mut(&mut self.bytes);
        match bytes.is_empty() {
            // The system has zeros at hand; that there are too few of them must not end the host.
            true if Vec::<u8>::new().try_reserve_exact(size).is_err() => {
                let _ = self.charge.resize(0);
                return false;
            }
            true => *bytes = vec![0; size],
            false => {
                bytes.resize(size, 0);
                bytes.shrink_to(size);
            }
        }
        true
    }
}
