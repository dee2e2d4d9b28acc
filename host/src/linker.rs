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
