//! Access to the scratch context in a store's data, in the manner of `wasmtime_wasi::WasiView`.

use wasmtime::component::ResourceTable;
use wasmtime_wasi::WasiView;

use crate::ctx::ScratchCtx;

/// The data of a store that gives its program a space.
///
/// # Examples
///
/// ```
/// use wasmtime::component::ResourceTable;
/// use wasmtime_scratch::{ScratchCtx, ScratchCtxView, ScratchView};
/// use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
///
/// struct State {
///     wasi: WasiCtx,
///     scratch: ScratchCtx,
///     table: ResourceTable,
/// }
///
/// impl WasiView for State {
///     fn ctx(&mut self) -> WasiCtxView<'_> {
///         WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
///     }
/// }
///
/// impl ScratchView for State {
///     fn scratch(&mut self) -> ScratchCtxView<'_> {
///         ScratchCtxView { ctx: &mut self.scratch, table: &mut self.table }
///     }
/// }
/// ```
pub trait ScratchView: WasiView + 'static {
    /// The scratch context, and the table that it shares with WASI.
    fn scratch(&mut self) -> ScratchCtxView<'_>;
}

/// What [`ScratchView::scratch`] gives access to.
#[derive(Debug)]
pub struct ScratchCtxView<'a> {
    /// The context of this instance.
    pub ctx: &'a mut ScratchCtx,
    /// The table that also holds the instance's WASI resources: descriptors and streams pass between the two.
    pub table: &'a mut ResourceTable,
}
