//! Bytes of files that are still in memory, and the total for all of them.

use crate::bindings::ErrorCode;
use std::cell::Cell;
use std::hint::black_box;

/// What a file may hold in memory where the program does not say. Most temporary files of a request are smaller; and
/// what the program and the provider hold at the same time stays small beside a component's memory, as long as the program
/// passes no more than 1 MiB at a time, as the contract says: a list is in the provider's memory before it can refuse it.
pub(crate) const DEFAULT_PER_FILE: u64 = 256 * 1024;

/// What all files together hold in memory; beyond it they move to disk early. A component's memory never shrinks, so this
/// is what a burst of files can cost the host for the rest of the instance's life: about twice this, while a file grows,
/// and [`HEADROOM`].
const TOTAL: usize = 8 * 1024 * 1024;

/// The most that one `read` returns, as the contract says.
pub(crate) const LONGEST_READ: u64 = 1024 * 1024;

/// What has to be free beside all files, in one piece: where the next list of 1 MiB that the program passes goes, since
/// there the provider cannot refuse, it aborts. Twice that, because a probe vouches for what is taken until the next one,
/// and small things that stay split the piece.
const HEADROOM: usize = 2 * 1024 * 1024;

/// How much is taken between two probes. A probe costs about as much as a small write: this makes it a rare one.
const PROBE_EVERY: usize = 256 * 1024;

/// What a file takes beside its bytes, roughly: it counts for [`PROBE_EVERY`] only.
const PER_FILE: usize = 256;

thread_local! {
    /// What has been taken since headroom was last found, refunds not counted: they come back in pieces. At first it is
    /// not known.
    static UNPROBED: Cell<usize> = const { Cell::new(PROBE_EVERY) };
    /// What is held now: the sum of the capacities of all [`Buffer`]s.
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// There is no memory for it: the file has to move to disk.
#[derive(Debug)]
pub(crate) struct Full;

/// A file's bytes in memory. What it takes is charged to the total while it lives.
#[derive(Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    charged: usize,
}

impl Buffer {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The size of the file.
    pub(crate) fn size(&self) -> u64 {
        size(&self.bytes)
    }

    /// Up to `length` bytes at `offset`; empty at the end and beyond it.
    pub(crate) fn read(&self, length: u64, offset: u64) -> Result<Vec<u8>, ErrorCode> {
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|offset| self.bytes.get(offset..))
            .unwrap_or_default();
        let length = usize::try_from(length).map_or(rest.len(), |length| length.min(rest.len()));
        let mut read = Vec::new();
        read.try_reserve_exact(length)
            .map_err(|_| ErrorCode::InsufficientMemory)?;
        read.extend_from_slice(&rest[..length]);
        Ok(read)
    }

    /// Writes all of `bytes`, with zeros before it where the file ends earlier. Whoever calls keeps `end` (where the
    /// bytes end) within `limit` (where the file has to leave memory). On refusal nothing is written and the bytes come
    /// back.
    pub(crate) fn write(&mut self, bytes: Vec<u8>, offset: u64, end: u64, limit: u64) -> Result<(), (Vec<u8>, Full)> {
        if self.bytes.capacity() == 0 && offset == 0 {
            return self.adopt(bytes);
        }
        let (Ok(start), Ok(end)) = (usize::try_from(offset), usize::try_from(end)) else {
            return Err((bytes, Full));
        };
        if end > self.bytes.len() {
            if let Err(full) = self.reserve(end, limit) {
                return Err((bytes, full));
            }
            self.bytes.resize(end, 0);
        }
        if let Some(place) = self.bytes.get_mut(start..end) {
            place.copy_from_slice(&bytes);
        }
        Ok(())
    }

    /// Cuts the file off, or extends it with zeros.
    pub(crate) fn resize(&mut self, size: u64, limit: u64) -> Result<(), Full> {
        if size == 0 {
            *self = Self::default();
            return Ok(());
        }
        let size = usize::try_from(size).map_err(|_| Full)?;
        self.reserve(size, limit)?;
        self.bytes.resize(size, 0);
        Ok(())
    }

    /// Takes the program's own buffer instead of copying it: most files are written once.
    fn adopt(&mut self, bytes: Vec<u8>) -> Result<(), (Vec<u8>, Full)> {
        let capacity = bytes.capacity();
        if charge(capacity).is_err() {
            return Err((bytes, Full));
        }
        if headroom(capacity).is_err() {
            refund(capacity);
            return Err((bytes, Full));
        }
        self.charged = capacity;
        self.bytes = bytes;
        Ok(())
    }

    /// Makes room for `size` bytes: twice what there was, so that small appends cost little, but never more than `limit`, and
    /// just enough when the total does not allow more.
    fn reserve(&mut self, size: usize, limit: u64) -> Result<(), Full> {
        let capacity = self.bytes.capacity();
        if size <= capacity {
            return Ok(());
        }
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let roomy = capacity.saturating_mul(2).min(most).max(size);
        let wanted = match charge(roomy - capacity) {
            Ok(()) => roomy,
            Err(Full) => charge(size - capacity).map(|()| size)?,
        };
        if self.bytes.try_reserve_exact(wanted - self.bytes.len()).is_err() {
            refund(wanted - capacity);
            return Err(Full);
        }
        self.charged += wanted - capacity;
        headroom(wanted - capacity)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        refund(self.charged);
    }
}

/// The size of a list, as the contract counts.
pub(crate) fn size(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn charge(bytes: usize) -> Result<(), Full> {
    let held = HELD.get().checked_add(bytes).ok_or(Full)?;
    if held > TOTAL {
        return Err(Full);
    }
    HELD.set(held);
    Ok(())
}

/// Whether there is [`HEADROOM`] after `bytes` more have been taken. What it finds is given back to the allocator, which
/// keeps it: a component's memory never shrinks.
pub(crate) fn headroom(bytes: usize) -> Result<(), Full> {
    let unprobed = UNPROBED.get().saturating_add(bytes).saturating_add(PER_FILE);
    UNPROBED.set(unprobed);
    if unprobed >= PROBE_EVERY {
        let mut probe = Vec::<u8>::new();
        probe.try_reserve_exact(HEADROOM).map_err(|_| Full)?;
        // Otherwise the compiler leaves out what nobody uses, and takes it that there was room.
        black_box(&mut probe);
        UNPROBED.set(0);
    }
    Ok(())
}

fn refund(bytes: usize) {
    HELD.set(HELD.get().saturating_sub(bytes));
}
