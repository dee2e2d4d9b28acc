//! What an embedder adds to its linkers.

use wasmtime::component::Linker;

use crate::guard::{self, Side};
use crate::linked;
use crate::native::{self, Form};
use crate::view::ScratchView;

/// Adds `scratch:tempfile`, as the host itself provides it, and puts the guard in the place of `wasi:filesystem`.
///
/// Call it after [`wasmtime_wasi::p2::add_to_linker_async`]. Whether `linker` allows shadowing is as it was afterwards.
///
/// # Errors
///
/// If `scratch:tempfile` is in the linker already.
pub fn add_to_linker_async<T: ScratchView>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    shadowing(linker, |linker| guard::add_to_linker(linker, Side::Program))?;
    let form = Form {
        is_guarded: true,
        is_async: true,
    };
    native::add_to_linker(linker, form)
}

/// As [`add_to_linker_async`], for a store whose functions are called synchronously: what waits for the file system blocks
/// the thread.
///
/// Call it after [`wasmtime_wasi::p2::add_to_linker_sync`]. Whether `linker` allows shadowing is as it was afterwards. As
/// with everything of wasmtime-wasi's that is synchronous, the thread that runs the program must not be one that runs tasks of
/// tokio: there it panics.
///
/// # Errors
///
/// If `scratch:tempfile` is in the linker already.
///
/// # Examples
///
/// ```no_run
/// use wasmtime::component::{Component, Linker};
/// use wasmtime::Store;
/// use wasmtime_scratch::{ScratchCtx, ScratchView, Space};
/// use wasmtime_wasi::WasiCtx;
/// use wasmtime_wasi::p2::bindings::sync::Command;
///
/// /// `state` makes the data of the store.
/// fn run<T: ScratchView>(
///     component: &Component,
///     space: Space,
///     state: impl FnOnce(WasiCtx, ScratchCtx) -> T,
/// ) -> wasmtime::Result<()> {
///     let mut linker = Linker::new(component.engine());
///     wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
///     wasmtime_scratch::add_to_linker_sync(&mut linker)?;
///
///     let mut wasi = WasiCtx::builder().inherit_stdio().build();
///     let scratch = ScratchCtx::builder(&space).build(&mut wasi);
///     let mut store = Store::new(component.engine(), state(wasi, scratch));
///     let program = Command::instantiate(&mut store, component, &linker)?;
///     let ended = program.wasi_cli_run().call_run(&mut store);
///     drop(store);
///     println!("{ended:?}: {}", space.end());
///     Ok(())
/// }
/// ```
pub fn add_to_linker_sync<T: ScratchView>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    shadowing(linker, guard::add_to_linker_sync)?;
    let form = Form {
        is_guarded: true,
        is_async: false,
    };
    native::add_to_linker(linker, form)
}

/// Adds only `scratch:tempfile`, as the host itself provides it, to a linker whose `wasi:filesystem` stays the embedder's own,
/// or which has none.
///
/// Descriptors are not guarded there, and would know no limits: so `open` answers `unsupported`, and so do `get-path` and `keep`,
/// since no preopen shows the space. `read`, `write`, streams and `persist` work. `wasi:io` is needed for streams. Of a stream that
/// met a limit the embedder's `filesystem-error-code` knows nothing.
///
/// # Errors
///
/// If `scratch:tempfile` is in the linker already.
pub fn add_only_tempfile_to_linker_async<T: ScratchView>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let form = Form {
        is_guarded: false,
        is_async: true,
    };
    native::add_to_linker(linker, form)
}

/// As [`add_only_tempfile_to_linker_async`], for a store whose functions are called synchronously: what waits for the file
/// system blocks the thread.
///
/// # Errors
///
/// If `scratch:tempfile` is in the linker already.
pub fn add_only_tempfile_to_linker_sync<T: ScratchView>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let form = Form {
        is_guarded: false,
        is_async: false,
    };
    native::add_to_linker(linker, form)
}

/// Adds `scratch:tempfile`, as a provider component that is [instantiated](crate::LinkedPre::instantiate) in each store
/// implements it, and puts the guard in the place of `wasi:filesystem`.
///
/// Call it after [`wasmtime_wasi::p2::add_to_linker_async`]. Whether `linker` allows shadowing is as it was afterwards.
///
/// # Errors
///
/// If `scratch:tempfile` is in the linker already.
pub fn add_linked_to_linker_async<T: ScratchView>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    shadowing(linker, |linker| guard::add_to_linker(linker, Side::Program))?;
    linked::add_to_linker(linker)
}

/// Allows shadowing for as long as `add` takes.
fn shadowing<T: 'static>(
    linker: &mut Linker<T>,
    add: impl FnOnce(&mut Linker<T>) -> wasmtime::Result<()>,
) -> wasmtime::Result<()> {
    let was_allowed = allows_shadowing(linker)?;
    linker.allow_shadowing(true);
    let added = add(linker);
    linker.allow_shadowing(was_allowed);
    added
}

/// A linker does not tell: a copy of it is tried.
fn allows_shadowing<T: 'static>(linker: &Linker<T>) -> wasmtime::Result<bool> {
    let mut copy = linker.clone();
    let mut tried = copy.instance("scratch:shadowing/tried")?;
    tried.func_wrap("twice", |_, (): ()| Ok(()))?;
    Ok(tried.func_wrap("twice", |_, (): ()| Ok(())).is_ok())
}
