//! The program's standard output and standard error.
//!
//! Every write goes to the descriptor at once. `std::io::stdout` has a lock, which a program that is blocked in a write would hold
//! forever, and holds back the last line until the process exits, which would block there.

use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

/// Maximum bytes that a stream takes in one call, as in wasmtime.
const MAX_WRITE: usize = 64 * 1024;

/// Hands our own standard output on to the program.
pub(crate) fn inherit_stdout(wasi: &mut WasiCtxBuilder) {
    wasi.stdout(Inherited(io::stdout));
}

/// Hands our own standard error on to the program.
pub(crate) fn inherit_stderr(wasi: &mut WasiCtxBuilder) {
    wasi.stderr(Inherited(io::stderr));
}

/// An output of the process.
struct Inherited<S>(fn() -> S);

impl<S: AsFd> Inherited<S> {
    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let stream = (self.0)();
        Ok(rustix::io::retry_on_intr(|| rustix::io::write(&stream, bytes))?)
    }

    fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.write(bytes)? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => bytes = bytes.get(written..).unwrap_or_default(),
            }
        }
        Ok(())
    }
}

impl<S: AsFd + 'static> IsTerminal for Inherited<S> {
    fn is_terminal(&self) -> bool {
        (self.0)().as_fd().is_terminal()
    }
}

impl<S: AsFd + 'static> StdoutStream for Inherited<S> {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(Inherited(self.0))
    }

    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(Inherited(self.0))
    }
}

impl<S: AsFd + 'static> OutputStream for Inherited<S> {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.write_all(&bytes).map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => StreamError::Closed,
            _ => StreamError::LastOperationFailed(error.into()),
        })
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MAX_WRITE)
    }
}

#[wasmtime_wasi::async_trait]
impl<S: AsFd + 'static> Pollable for Inherited<S> {
    async fn ready(&mut self) {}
}

impl<S: AsFd> AsyncWrite for Inherited<S> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Inherited::write(&self, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
