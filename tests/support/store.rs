//! What is in a store that is made by hand.

use wasmtime::component::ResourceTable;
use wasmtime_scratch::{ScratchCtx, ScratchCtxView, ScratchView};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

/// The contexts, and `M`, what an embedder has beside them.
pub(crate) struct State<M = ()> {
    /// First, so that the rest is dropped after it.
    _more: M,
    wasi: WasiCtx,
    scratch: ScratchCtx,
    table: ResourceTable,
}

impl<M> State<M> {
    pub(crate) fn new(more: M, wasi: WasiCtx, scratch: ScratchCtx) -> State<M> {
        State {
            _more: more,
            wasi,
            scratch,
            table: ResourceTable::new(),
        }
    }
}

impl<M: Send + 'static> WasiView for State<M> {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl<M: Send + 'static> ScratchView for State<M> {
    fn scratch(&mut self) -> ScratchCtxView<'_> {
        ScratchCtxView {
            ctx: &mut self.scratch,
            table: &mut self.table,
        }
    }
}
