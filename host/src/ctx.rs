//! The state of one instance: its space, how the space is shown, what is known of its descriptors.

use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::filesystem::WasiFilesystemCtx;

use crate::guard::Facts;
use crate::ledger::HandleId;
use crate::linked::{Call, LinkedProvider, Window};
use crate::space::{Shared, Space};

/// Where a program sees its space, unless told otherwise.
pub const DEFAULT_TMP: &str = "/tmp";

/// How long a provider may take for one drop or close, unless told otherwise.
///
/// A drop deletes files one by one, at some 20 µs for each on a quick disk: 65,536 of them take two seconds, and fifteen
/// times as long leaves room for a slow one. A provider that takes longer is in a loop.
pub const DEFAULT_DROP_TIMEOUT: Duration = Duration::from_secs(30);

/// What a store's data holds of a space. Built by [`ScratchCtxBuilder`].
pub struct ScratchCtx {
    pub(crate) space: Arc<Shared>,
    /// Where the program sees the space, if it does.
    pub(crate) tmp: Option<String>,
    /// Where the provider sees the space.
    pub(crate) provider_tmp: String,
    /// The program's preopens but for the space.
    pub(crate) program_fs: WasiFilesystemCtx,
    /// The provider's: none.
    pub(crate) provider_fs: WasiFilesystemCtx,
    pub(crate) allow_blocking: bool,
    pub(crate) drop_timeout: Duration,
    pub(crate) facts: Facts,
    /// The provider's call that is in progress: whatever the provider does now is done for this.
    pub(crate) call: Option<Call>,
    calls: u64,
    pub(crate) linked: Option<Arc<LinkedProvider>>,
}

impl ScratchCtx {
    /// A builder for a context on `space`.
    pub fn builder(space: &Space) -> ScratchCtxBuilder {
        ScratchCtxBuilder::new(Arc::clone(space.shared()))
    }
}

impl ScratchCtxBuilder {
    pub(crate) fn new(space: Arc<Shared>) -> ScratchCtxBuilder {
        ScratchCtxBuilder {
            space,
            tmp: Some(DEFAULT_TMP.to_owned()),
            allow_blocking: false,
            drop_timeout: DEFAULT_DROP_TIMEOUT,
        }
    }
}

impl ScratchCtx {
    /// From now until [`end_call`](ScratchCtx::end_call), what the provider does is done for `handle`.
    pub(crate) fn begin_call(&mut self, handle: Option<HandleId>, window: Option<Window>) {
        self.calls += 1;
        self.call = Some(Call {
            number: self.calls,
            handle,
            window,
            is_ending: false,
        });
    }

    /// The call that has begun is a drop or a close.
    pub(crate) fn is_ending(&mut self) {
        if let Some(call) = &mut self.call {
            call.is_ending = true;
        }
    }

    pub(crate) fn end_call(&mut self) {
        self.call = None;
    }
}

impl fmt::Debug for ScratchCtx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScratchCtx")
            .field("space", &self.space)
            .field("tmp", &self.tmp)
            .finish_non_exhaustive()
    }
}

/// Builds a [`ScratchCtx`].
///
/// The defaults:
///
/// * the program sees its space as the preopen `/tmp`;
/// * file operations that may block run on tokio's blocking pool;
/// * a provider's drop may take [`DEFAULT_DROP_TIMEOUT`].
#[derive(Clone, Debug)]
pub struct ScratchCtxBuilder {
    space: Arc<Shared>,
    tmp: Option<String>,
    allow_blocking: bool,
    drop_timeout: Duration,
}

impl ScratchCtxBuilder {
    /// Shows the space to the program as the preopen `path`, or not at all.
    ///
    /// Where it is not shown, handles work, and `get-path` answers `unsupported`.
    pub fn tmp(&mut self, path: Option<impl Into<String>>) -> &mut Self {
        self.tmp = path.map(Into::into);
        self
    }

    /// Lets file operations block the thread that runs the program. Has to be the same as in the `WasiCtx`.
    ///
    /// Quicker by an order of magnitude where nothing else has to run on that thread.
    pub fn allow_blocking_current_thread(&mut self, allow: bool) -> &mut Self {
        self.allow_blocking = allow;
        self
    }

    /// How long a provider may take for one drop or close before it costs the program its instance.
    pub fn drop_timeout(&mut self, timeout: Duration) -> &mut Self {
        self.drop_timeout = timeout;
        self
    }

    /// The context for a store whose WASI context is `wasi`, from which it takes the program's preopens.
    pub fn build(&self, wasi: &mut WasiCtx) -> ScratchCtx {
        ScratchCtx {
            space: Arc::clone(&self.space),
            provider_tmp: self.tmp.clone().unwrap_or_else(|| DEFAULT_TMP.to_owned()),
            tmp: self.tmp.clone(),
            program_fs: wasi.filesystem().clone(),
            provider_fs: without_preopens(self.allow_blocking),
            allow_blocking: self.allow_blocking,
            drop_timeout: self.drop_timeout,
            facts: Facts::default(),
            call: None,
            calls: 0,
            linked: None,
        }
    }
}

/// What a provider's file system begins with: the guard adds the space.
fn without_preopens(allow_blocking: bool) -> WasiFilesystemCtx {
    // Made once: with each comes a random number generator of its own, which takes longer than all the rest of a context.
    static BY_BLOCKING: LazyLock<[WasiFilesystemCtx; 2]> = LazyLock::new(|| {
        [false, true].map(|allow| {
            let mut wasi = WasiCtx::builder();
            wasi.allow_blocking_current_thread(allow);
            wasi.build().filesystem().clone()
        })
    });
    BY_BLOCKING[usize::from(allow_blocking)].clone()
}
