//! `scratch:tempfile` as the host itself provides it: no other component, one call from the program to the kernel.
//!
//! A file is in the host's memory for as long as it may be, then on disk without a name, and under a name only when somebody
//! asks for its path. What touches no more than a MiB is done on the thread that runs the program; what takes longer (the
//! removal of a tree, a large file's move to disk, a copy) is done on tokio's blocking pool and awaited, unless the context
//! [allows](crate::ScratchCtxBuilder::allow_blocking_current_thread) blocking or the store is a synchronous one.

mod copy;
mod directory;
mod file;
mod functions;
mod linker;
mod names;
mod persist;
mod storage;
mod streams;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;

use rustix::io::Errno;
use tokio::sync::OwnedMutexGuard;
use wasmtime::component::{ResourceTable, ResourceTableError};
use wasmtime_wasi::p2::FsError;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

use self::directory::TemporaryDirectory;
use self::file::TemporaryFile;
pub(crate) use self::linker::add_to_linker;
use crate::budget::Refused;
use crate::ctx::ScratchCtx;
use crate::guard;
use crate::view::ScratchCtxView;

/// How a linker was set up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    /// Whether the guard stands in the place of `wasi:filesystem`.
    pub(crate) is_guarded: bool,
    /// Whether its functions may be awaited.
    pub(crate) is_async: bool,
}

/// One instance's temporary files.
struct Native<'a> {
    ctx: &'a mut ScratchCtx,
    table: &'a mut ResourceTable,
    form: Form,
}

impl<'a> Native<'a> {
    fn new(view: ScratchCtxView<'a>, form: Form) -> Native<'a> {
        Native {
            ctx: view.ctx,
            table: view.table,
            form,
        }
    }

    /// Does `work` on this thread if it is `short`, or where that is allowed anyway, and off it otherwise.
    async fn blocking<R: Send + 'static>(
        &mut self,
        is_short: bool,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> Result<R, Failed> {
        if is_short || self.ctx.allow_blocking || !self.form.is_async {
            return Ok(work());
        }
        match tokio::task::spawn_blocking(work).await {
            Ok(done) => Ok(done),
            Err(failed) => match failed.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is being shut down, and with it this program.
                Err(failed) => Err(Failed::Trap(wasmtime::Error::new(failed))),
            },
        }
    }

    /// Nobody else changes names of the space as long as this is held.
    async fn names(&mut self) -> OwnedMutexGuard<()> {
        Arc::clone(self.ctx.space.budget().names()).lock_owned().await
    }
}

/// Why a function does not return what it was called for.
#[derive(Debug)]
pub(crate) enum Failed {
    /// What the program is told.
    Code(ErrorCode),
    /// What the system said.
    System(io::Error),
    /// What ends it: a handle that is none, a host that is shut down.
    Trap(wasmtime::Error),
}

impl Failed {
    /// What the program is told, unless it ends.
    fn code(self) -> wasmtime::Result<ErrorCode> {
        match self {
            Failed::Code(code) => Ok(code),
            Failed::System(error) => Ok(guard::code(&error)),
            Failed::Trap(trap) => Err(trap),
        }
    }

    /// Whether it is this error of the system.
    fn is(&self, errno: Errno) -> bool {
        matches!(self, Failed::System(error) if error.raw_os_error() == Some(errno.raw_os_error()))
    }
}

impl From<ErrorCode> for Failed {
    fn from(code: ErrorCode) -> Failed {
        Failed::Code(code)
    }
}

impl From<Refused> for Failed {
    fn from(refused: Refused) -> Failed {
        Failed::Code(refused.into())
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Failed {
        Failed::System(error)
    }
}

impl From<Errno> for Failed {
    fn from(error: Errno) -> Failed {
        io::Error::from(error).into()
    }
}

impl From<wasmtime::Error> for Failed {
    fn from(trap: wasmtime::Error) -> Failed {
        Failed::Trap(trap)
    }
}

impl From<ResourceTableError> for Failed {
    fn from(error: ResourceTableError) -> Failed {
        Failed::Trap(error.into())
    }
}

impl From<FsError> for Failed {
    fn from(error: FsError) -> Failed {
        match error.downcast() {
            Ok(code) => Failed::Code(code),
            Err(trap) => Failed::Trap(trap),
        }
    }
}
