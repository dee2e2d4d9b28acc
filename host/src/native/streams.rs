//! Streams of temporary files, served from memory as well as from disk. Everything is done in the call itself, a piece at a
//! time: nothing goes on in the background.

use std::sync::Arc;

use bytes::Bytes;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

use super::Failed;
use super::storage::{At, Content, PIECE, length};
use crate::budget::Taken;
use crate::guard;

/// Reads from a position to the end.
pub(super) struct Reading {
    pub(super) content: Arc<Content>,
    pub(super) position: u64,
    pub(super) _open: Taken,
}

#[async_trait::async_trait]
impl Pollable for Reading {
    async fn ready(&mut self) {}
}

#[async_trait::async_trait]
impl InputStream for Reading {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        let wanted = u64::try_from(size.min(PIECE)).unwrap_or(u64::MAX);
        if wanted == 0 {
            return Ok(Bytes::new());
        }
        let read = self.content.read(wanted, self.position)?;
        if read.is_empty() {
            return Err(StreamError::Closed);
        }
        self.position = self.position.saturating_add(length(&read));
        // What is still the file's own may be written to before this is read.
        Ok(Arc::try_unwrap(read).map_or_else(|shared| Bytes::copy_from_slice(&shared), Bytes::from))
    }

    fn skip(&mut self, count: usize) -> StreamResult<usize> {
        let size = self.content.size()?;
        let left = size.saturating_sub(self.position);
        if left == 0 && count > 0 {
            return Err(StreamError::Closed);
        }
        let skipped = usize::try_from(left).map_or(count, |left| left.min(count));
        self.position = self.position.saturating_add(u64::try_from(skipped).unwrap_or(u64::MAX));
        Ok(skipped)
    }
}

/// Writes from a position on, or at the end wherever that is.
pub(super) struct Writing {
    pub(super) content: Arc<Content>,
    /// `None` at the end.
    pub(super) position: Option<u64>,
    /// Whether a permit is asked for to learn that a flush is over, and not to write.
    pub(super) is_flushing: bool,
    pub(super) _open: Taken,
}

#[async_trait::async_trait]
impl Pollable for Writing {
    async fn ready(&mut self) {}
}

#[async_trait::async_trait]
impl OutputStream for Writing {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let at = self.position.map_or(At::End, At::Offset);
        let mut write = self.content.begin(bytes.len(), at)?;
        write.piece(&bytes, 0)?;
        write.finish();
        if let Some(position) = &mut self.position {
            *position = position.saturating_add(length(&bytes));
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.is_flushing = true;
        Ok(())
    }

    /// Never more than there is room for. A permit of nothing would make a program wait for ever: with no room left the
    /// stream fails instead, and goes on when there is room again.
    fn check_write(&mut self) -> StreamResult<usize> {
        let is_flushed = std::mem::take(&mut self.is_flushing);
        match self.content.room(self.position) {
            Ok(room) => Ok(usize::try_from(room).map_or(PIECE, |room| room.min(PIECE))),
            // What was written is there. Whoever takes this for a permit is refused when he writes.
            Err(_) if is_flushed => Ok(1),
            Err(refused) => {
                let refused = self.content.space().budget().was_refused(refused);
                Err(StreamError::from(Failed::from(refused)))
            }
        }
    }

    async fn blocking_write_and_flush(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.write(bytes)
    }
}

impl From<Failed> for StreamError {
    fn from(failed: Failed) -> StreamError {
        match failed {
            // `filesystem-error-code` finds it again.
            Failed::Code(code) => StreamError::LastOperationFailed(code.into()),
            Failed::System(error) => match guard::code(&error) {
                // It keeps its text, unless wasmtime-wasi has no code for it.
                code if code == ErrorCode::from(&error) => StreamError::LastOperationFailed(error.into()),
                code => Failed::Code(code).into(),
            },
            Failed::Trap(trap) => StreamError::Trap(trap),
        }
    }
}
