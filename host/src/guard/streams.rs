//! Streams of files: what is written is charged first, and a stream holds its file for as long as it lives.

use std::io;

use bytes::Bytes;
use rustix::io::Errno;
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, InputStream, OutputStream, Pollable, StreamError, StreamResult,
};

use crate::budget::{Budget, Growth, OpenInode, Refused, Taken};

/// A stream to be read, of any file.
pub(super) struct Reading {
    pub(super) inner: DynInputStream,
    /// Of a file of the space.
    pub(super) _inode: Option<OpenInode>,
    pub(super) _open: Taken,
}

#[async_trait::async_trait]
impl Pollable for Reading {
    async fn ready(&mut self) {
        self.inner.ready().await;
    }
}

#[async_trait::async_trait]
impl InputStream for Reading {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        self.inner.read(size)
    }

    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        self.inner.blocking_read(size).await
    }

    fn skip(&mut self, count: usize) -> StreamResult<usize> {
        self.inner.skip(count)
    }

    async fn blocking_skip(&mut self, count: usize) -> StreamResult<usize> {
        self.inner.blocking_skip(count).await
    }

    async fn cancel(&mut self) {
        self.inner.cancel().await;
    }
}

/// A stream to be written, of a file that is not in the space.
pub(super) struct Granted {
    pub(super) inner: DynOutputStream,
    pub(super) _open: Taken,
}

#[async_trait::async_trait]
impl Pollable for Granted {
    async fn ready(&mut self) {
        self.inner.ready().await;
    }
}

#[async_trait::async_trait]
impl OutputStream for Granted {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.inner.flush()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.inner.check_write()
    }

    async fn blocking_write_and_flush(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.inner.blocking_write_and_flush(bytes).await
    }

    async fn cancel(&mut self) {
        self.inner.cancel().await;
    }
}

/// A stream to be written, of a file of the space.
///
/// A permit is never more than there is room for. With no room left a permit of nothing would make a program wait for ever:
/// the stream fails instead, and goes on when there is room again.
pub(super) struct Writing {
    pub(super) inner: DynOutputStream,
    pub(super) inode: OpenInode,
    /// Where the next byte goes; `None` at the end of the file.
    pub(super) position: Option<u64>,
    /// What is being written in the background, and how much it is.
    pub(super) in_flight: Option<(Growth, u64)>,
    /// Whether a permit is asked for to learn that a flush is over, and not to write.
    pub(super) is_flushing: bool,
    pub(super) _open: Taken,
}

impl Writing {
    fn budget(&self) -> &Budget {
        self.inode.budget()
    }

    fn charge(&self, length: u64) -> Result<Growth, Refused> {
        match self.position {
            // Nothing grows by it, wherever it is written.
            _ if length == 0 => self.inode.write_to(0),
            None => self.inode.append(length),
            // No file can be that long.
            Some(position) => self
                .inode
                .write_to(position.checked_add(length).ok_or(Refused::FileTooLarge)?),
        }
    }

    /// What was in flight is over.
    fn wrote(&mut self, is_whole: bool) {
        if let Some((growth, length)) = self.in_flight.take() {
            growth.finish(is_whole);
            if is_whole {
                self.moved(length);
            }
        }
    }

    fn moved(&mut self, length: u64) {
        self.budget().wrote(length);
        if let Some(position) = &mut self.position {
            *position = position.saturating_add(length);
        }
    }
}

#[async_trait::async_trait]
impl Pollable for Writing {
    async fn ready(&mut self) {
        self.inner.ready().await;
    }
}

#[async_trait::async_trait]
impl OutputStream for Writing {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if self.in_flight.is_some() {
            // As wasmtime-wasi's own stream, for a program that did not ask for a permit.
            self.check_write()?;
        }
        let length = length(&bytes);
        let growth = self.charge(length).map_err(refused)?;
        match self.inner.write(bytes) {
            Ok(()) => {
                self.in_flight = Some((growth, length));
                Ok(())
            }
            Err(error) => {
                growth.finish(false);
                Err(explained(error))
            }
        }
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.is_flushing = true;
        let flushed = self.inner.flush();
        if flushed.is_err() {
            self.wrote(false);
        }
        flushed.map_err(explained)
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        match self.inner.check_write() {
            // Still in the background.
            Ok(0) => Ok(0),
            Ok(permit) => {
                self.wrote(true);
                let is_flushed = std::mem::take(&mut self.is_flushing);
                let room = match self.inode.room(self.position) {
                    // What was written is there. Whoever takes this for a permit is refused when he writes.
                    Err(_) if is_flushed => 1,
                    room => room.map_err(|none| refused(self.budget().was_refused(none)))?,
                };
                Ok(permit.min(usize::try_from(room).unwrap_or(usize::MAX)))
            }
            Err(error) => {
                self.wrote(false);
                Err(explained(error))
            }
        }
    }

    async fn blocking_write_and_flush(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.inner.ready().await;
        if self.in_flight.is_some() {
            let over = self.inner.check_write();
            self.wrote(over.is_ok());
            over.map_err(explained)?;
        }
        let length = length(&bytes);
        let growth = self.charge(length).map_err(refused)?;
        let written = self.inner.blocking_write_and_flush(bytes).await;
        growth.finish(written.is_ok());
        if written.is_ok() {
            self.moved(length);
        }
        written.map_err(explained)
    }

    async fn cancel(&mut self) {
        self.inner.cancel().await;
        // Nobody says how much of it was done.
        self.wrote(false);
    }
}

fn length(bytes: &Bytes) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn refused(refused: Refused) -> StreamError {
    StreamError::LastOperationFailed(refused.into())
}

/// The system's own quota is a quota; wasmtime-wasi knows no such error.
fn explained(error: StreamError) -> StreamError {
    match error {
        StreamError::LastOperationFailed(error)
            if error
                .downcast_ref::<io::Error>()
                .is_some_and(|error| error.raw_os_error() == Some(Errno::DQUOT.raw_os_error())) =>
        {
            StreamError::LastOperationFailed(Refused::Quota.into())
        }
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::budget::{BaseBudget, BaseLimits, InodeId, Limits};

    /// A stream that takes everything and writes nothing.
    struct Lost {
        fails: bool,
    }

    impl Lost {
        fn ends(&self) -> StreamResult<()> {
            match self.fails {
                true => Err(StreamError::LastOperationFailed(io::Error::other("lost").into())),
                false => Ok(()),
            }
        }
    }

    #[async_trait::async_trait]
    impl Pollable for Lost {
        async fn ready(&mut self) {}
    }

    #[async_trait::async_trait]
    impl OutputStream for Lost {
        fn write(&mut self, _bytes: Bytes) -> StreamResult<()> {
            Ok(())
        }

        fn flush(&mut self) -> StreamResult<()> {
            Ok(())
        }

        fn check_write(&mut self) -> StreamResult<usize> {
            self.ends().map(|()| 1 << 20)
        }

        async fn blocking_write_and_flush(&mut self, _bytes: Bytes) -> StreamResult<()> {
            self.ends()
        }
    }

    /// A stream of an empty file in a space that may have 100 bytes.
    fn writing(position: Option<u64>, fails: bool) -> (Arc<Budget>, Writing) {
        let file = Arc::new(tempfile::tempfile().expect("a file"));
        let unlimited = BaseLimits {
            bytes: Some(u64::MAX),
            open_files: Some(u64::MAX),
            ..BaseLimits::default()
        };
        let mut limits = Limits::UNLIMITED;
        limits.bytes = 100;
        let budget = Budget::new(None, limits, Arc::new(BaseBudget::new(unlimited, &file)));
        let writing = Writing {
            inner: Box::new(Lost { fails }),
            inode: budget.opened(InodeId::new(1, 1), 0, &file),
            position,
            in_flight: None,
            is_flushing: false,
            _open: budget.open_file(false).expect("there is room"),
        };
        (budget, writing)
    }

    fn block_on<F: Future>(future: F) -> F::Output {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.expect("a runtime").block_on(future)
    }

    #[test]
    fn what_a_stream_did_not_write_is_not_charged() {
        for position in [None, Some(0)] {
            let bytes = Bytes::from_static(&[0; 60]);
            let (budget, mut stream) = writing(position, true);
            stream.write(bytes.clone()).expect("it is charged");
            assert_eq!(budget.now().0, 60);
            assert!(stream.check_write().is_err());
            assert_eq!(budget.now().0, 0);
            assert!(block_on(stream.blocking_write_and_flush(bytes.clone())).is_err());
            assert_eq!(budget.now().0, 0);
            stream.write(bytes.clone()).expect("it is charged");
            block_on(stream.cancel());
            assert_eq!((budget.now().0, budget.usage().bytes_written), (0, 0));
        }
    }

    /// A program asks for a permit to learn that a flush is over: with no room left it is none to write.
    #[test]
    fn a_flush_succeeds_where_nothing_more_can_be_written() {
        let (budget, mut stream) = writing(None, false);
        stream
            .write(Bytes::from_static(&[0; 100]))
            .expect("as much as there is room for");
        stream.flush().expect("it is under way");
        assert!(matches!(stream.check_write(), Ok(1..)));
        assert!(matches!(stream.check_write(), Err(StreamError::LastOperationFailed(_))));
        let more = stream.write(Bytes::from_static(&[0]));
        assert!(matches!(more, Err(StreamError::LastOperationFailed(_))));
        assert_eq!(budget.now().0, 100);
    }
}
