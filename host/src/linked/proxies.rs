//! The contract as the program imports it: each function calls the provider's export of the same name.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::{Linker, LinkerInstance, Resource, ResourceAny, ResourceType};
use wasmtime::{StoreContextMut, Trap, bail};
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorFlags, ErrorCode, Filesize};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};

use super::memory::{self, InMemory};
use super::{LinkedProvider, Window, settle};
use crate::bindings::exports::scratch::tempfile::types::{FileOptions, NamePattern};
use crate::ledger::{End, HandleId, Kind};
use crate::view::ScratchView;
use crate::{contract, guard};

/// The provider's resource behind a program's handle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) resource: ResourceAny,
    pub(super) id: HandleId,
}

/// What a program's `temporary-file` stands for.
pub(super) struct TemporaryFile {
    held: Held,
    /// Until it is on disk.
    pub(super) memory: Option<InMemory>,
}

/// What a program's `temporary-directory` stands for.
struct TemporaryDirectory(Held);

/// One of the two resources of the contract.
trait Handle: Send + Sized + 'static {
    const KIND: Kind;
    fn wrap(held: Held, memory: Option<InMemory>) -> Self;
    fn held(&self) -> Held;
    fn into_memory(self) -> Option<InMemory>;
}

impl Handle for TemporaryFile {
    const KIND: Kind = Kind::File;
    fn wrap(held: Held, memory: Option<InMemory>) -> Self {
        TemporaryFile { held, memory }
    }
    fn held(&self) -> Held {
        self.held
    }
    fn into_memory(self) -> Option<InMemory> {
        self.memory
    }
}

impl Handle for TemporaryDirectory {
    const KIND: Kind = Kind::Directory;
    fn wrap(held: Held, _memory: Option<InMemory>) -> Self {
        TemporaryDirectory(held)
    }
    fn held(&self) -> Held {
        self.0
    }
    fn into_memory(self) -> Option<InMemory> {
        None
    }
}

/// A function's result: the outer one traps, the inner one is the program's.
type Answer<R> = wasmtime::Result<(Result<R, ErrorCode>,)>;

/// The result of `keep` and `persist`, which give the handle back when they fail.
type Returned<H, R> = wasmtime::Result<(Result<R, (Resource<H>, ErrorCode)>,)>;

/// Adds `scratch:tempfile`, as the store's linked provider implements it, to a program's linker.
pub(crate) fn add_to_linker<T: ScratchView>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut types = linker.instance(&contract::interface("types"))?;
    resource::<T, TemporaryDirectory>(&mut types)?;
    resource::<T, TemporaryFile>(&mut types)?;
    directory(&mut types)?;
    file_data(&mut types)?;
    file_storage(&mut types)?;
    space(&mut linker.instance(&contract::interface("space"))?)
}

fn resource<T: ScratchView, H: Handle>(types: &mut LinkerInstance<'_, T>) -> wasmtime::Result<()> {
    types.resource_async(H::KIND.resource(), ResourceType::host::<H>(), |mut store, rep| {
        Box::new(async move {
            let (held, _memory) = take(&mut store, Resource::<H>::new_own(rep))?;
            let call = begin_ending(&mut store, held.id)?;
            let timeout = call.drop_timeout;
            let dropped = in_time(timeout, held.resource.resource_drop_async(&mut store)).await;
            finish(&mut store);
            end::<T, H>(&mut store, held.id, End::Dropped, dropped).await
        })
    })
}

/// A method that asks the provider and hands its answer on.
macro_rules! method {
    ($types:ident, $name:literal, $handle:ty, $guest:ident.$call:ident($($arg:ident: $ty:ty),*), ($($pass:expr),*) -> $answer:ty) => {
        $types.func_wrap_async(
            $name,
            |mut store: StoreContextMut<'_, T>, (this, $($arg,)*): (Resource<$handle>, $($ty,)*)| {
                Box::new(async move {
                    let held = get(&mut store, &this)?;
                    let call = begin(&mut store, held.id)?;
                    let guest = call.provider.exports.scratch_tempfile_types().$guest();
                    let answer: wasmtime::Result<$answer> = guest.$call(&mut store, held.resource, $($pass),*).await;
                    finish(&mut store);
                    Ok((answer?,))
                })
            },
        )?
    };
}

/// As [`method!`], of a file, which the provider may move to disk in it.
macro_rules! file_method {
    ($types:ident, $name:literal, $call:ident($($arg:ident: $ty:ty),*), ($($pass:expr),*) -> $answer:ty) => {
        $types.func_wrap_async(
            $name,
            |mut store: StoreContextMut<'_, T>, (this, $($arg,)*): (Resource<TemporaryFile>, $($ty,)*)| {
                Box::new(async move {
                    let held = get(&mut store, &this)?;
                    let call = begin(&mut store, held.id)?;
                    let guest = call.provider.exports.scratch_tempfile_types().temporary_file();
                    let answer: wasmtime::Result<$answer> = guest.$call(&mut store, held.resource, $($pass),*).await;
                    finish(&mut store);
                    memory::after(&mut store, &this, held, None).await?;
                    Ok((answer?,))
                })
            },
        )?
    };
}

/// As [`file_method!`], of a call that makes a file as large as it says, if it succeeds.
macro_rules! growing_method {
    ($types:ident, $name:literal, $call:ident($($arg:ident: $ty:ty),*), ($($pass:expr),*) -> $answer:ty, |$size:ident| $larger:expr) => {
        $types.func_wrap_async(
            $name,
            |mut store: StoreContextMut<'_, T>, (this, $($arg,)*): (Resource<TemporaryFile>, $($ty,)*)| {
                Box::new(async move {
                    let held = get(&mut store, &this)?;
                    let larger = |$size: u64| -> Option<u64> { $larger };
                    if let Err(code) = memory::before(&mut store, &this, held, larger).await? {
                        return Ok((Err(code),));
                    }
                    let call = begin(&mut store, held.id)?;
                    let guest = call.provider.exports.scratch_tempfile_types().temporary_file();
                    let answer: wasmtime::Result<$answer> = guest.$call(&mut store, held.resource, $($pass),*).await;
                    finish(&mut store);
                    let size = match &answer {
                        Ok(Ok(_)) => memory::size(&mut store, &this)?.and_then(larger),
                        // A call that fails changes nothing.
                        _ => memory::size(&mut store, &this)?,
                    };
                    memory::after(&mut store, &this, held, size).await?;
                    Ok((answer?,))
                })
            },
        )?
    };
}

/// As [`method!`], for `get-path`: a path is of use only where the program sees the space.
macro_rules! get_path {
    ($types:ident, $name:literal, $handle:ty, $guest:ident) => {
        $types.func_wrap_async(
            $name,
            |mut store: StoreContextMut<'_, T>, (this,): (Resource<$handle>,)| {
                Box::new(async move {
                    let held = get(&mut store, &this)?;
                    if let Err(code) = is_shown(&mut store, held.id) {
                        return Ok((Err(code),));
                    }
                    let call = begin(&mut store, held.id)?;
                    let guest = call.provider.exports.scratch_tempfile_types().$guest();
                    let answer: wasmtime::Result<Result<String, ErrorCode>> =
                        guest.call_get_path(&mut store, held.resource).await;
                    finish(&mut store);
                    Ok((answer?,))
                })
            },
        )?
    };
}

/// `close`: as a drop, with an answer.
macro_rules! close {
    ($types:ident, $name:literal, $handle:ty, $guest:ident) => {
        $types.func_wrap_async(
            $name,
            |mut store: StoreContextMut<'_, T>, (this,): (Resource<$handle>,)| {
                Box::new(async move {
                    let (held, _memory) = take(&mut store, this)?;
                    let call = begin_ending(&mut store, held.id)?;
                    let guest = call.provider.exports.scratch_tempfile_types().$guest();
                    let timeout = call.drop_timeout;
                    let closed = in_time(timeout, guest.call_close(&mut store, held.resource)).await;
                    finish(&mut store);
                    let (answer, closed) = match closed {
                        Ok(answer) => (answer, Ok(())),
                        Err(failed) => (Ok(()), Err(failed)),
                    };
                    end::<T, $handle>(&mut store, held.id, End::Closed, closed).await?;
                    let answer: Answer<()> = Ok((answer,));
                    answer
                })
            },
        )?
    };
}

macro_rules! keep {
    ($types:ident, $name:literal, $handle:ty, $guest:ident) => {
        $types.func_wrap_async(
            $name,
            |mut store: StoreContextMut<'_, T>, (this,): (Resource<$handle>,)| {
                Box::new(async move {
                    let (held, memory) = take(&mut store, this)?;
                    if let Err(code) = is_shown(&mut store, held.id) {
                        let back = give::<T, $handle>(&mut store, held, memory)?;
                        let refused: Returned<$handle, String> = Ok((Err((back, code)),));
                        return refused;
                    }
                    let call = begin(&mut store, held.id)?;
                    let guest = call.provider.exports.scratch_tempfile_types().$guest();
                    let kept = guest.call_keep(&mut store, held.resource).await;
                    finish(&mut store);
                    match kept? {
                        Ok(path) => {
                            let space = Arc::clone(&store.data_mut().scratch().ctx.space);
                            space.ledger().ended(held.id, End::Kept);
                            Ok((Ok(path),))
                        }
                        Err((resource, code)) => {
                            let back = give::<T, $handle>(&mut store, Held { resource, id: held.id }, memory)?;
                            Ok((Err((back, code)),))
                        }
                    }
                })
            },
        )?
    };
}

macro_rules! persist {
    ($types:ident, $name:literal, $handle:ty, $guest:ident, ($($arg:ident: $ty:ty),*)) => {
        $types.func_wrap_async(
            $name,
            |mut store: StoreContextMut<'_, T>,
             (this, parent, name, $($arg,)*): (Resource<$handle>, Resource<Descriptor>, String, $($ty,)*)| {
                Box::new(async move {
                    let (held, memory) = take(&mut store, this)?;
                    let leaves = guard::granted(&store.data_mut().scratch(), &parent).is_some();
                    let links = match leaves {
                        true => settle::links(&mut store, held.id, <$handle>::KIND).await,
                        false => 0,
                    };
                    let call = begin_persist(&mut store, held.id, &parent, &name)?;
                    let target = guard::path_in_space(&store.data_mut().scratch(), &parent, &name);
                    let guest = call.provider.exports.scratch_tempfile_types().$guest();
                    let persisted = guest
                        .call_persist(&mut store, held.resource, parent, &name, $($arg),*)
                        .await;
                    finish(&mut store);
                    let succeeded = matches!(persisted, Ok(Ok(())));
                    settle::outside(&mut store, held.id, <$handle>::KIND, succeeded).await;
                    match persisted? {
                        Ok(()) => {
                            if let Some(target) = target {
                                // Into the space itself: the entry is the program's from now on.
                                let space = Arc::clone(&store.data_mut().scratch().ctx.space);
                                space.ledger().unmade(Some(held.id), &target);
                            }
                            store.data_mut().scratch().ctx.space.ledger().leave_out_links(links);
                            end::<T, $handle>(&mut store, held.id, End::Persisted, Ok(())).await?;
                            let done: Returned<$handle, ()> = Ok((Ok(()),));
                            done
                        }
                        Err((resource, code)) => {
                            let back = give::<T, $handle>(&mut store, Held { resource, id: held.id }, memory)?;
                            Ok((Err((back, code)),))
                        }
                    }
                })
            },
        )?
    };
}

fn directory<T: ScratchView>(types: &mut LinkerInstance<'_, T>) -> wasmtime::Result<()> {
    types.func_wrap_async(
        "[static]temporary-directory.create",
        |mut store: StoreContextMut<'_, T>, (name,): (NamePattern,)| {
            Box::new(async move {
                let (id, call) = begin_new::<T, TemporaryDirectory>(&mut store, None)?;
                let guest = call.provider.exports.scratch_tempfile_types().temporary_directory();
                let made = guest.call_create(&mut store, &name).await;
                created::<T, TemporaryDirectory>(&mut store, id, "create", made, 0).await
            })
        },
    )?;
    types.func_wrap_async(
        "[method]temporary-directory.create-directory",
        |mut store: StoreContextMut<'_, T>, (this, name): (Resource<TemporaryDirectory>, NamePattern)| {
            Box::new(async move {
                let parent = get(&mut store, &this)?;
                let (id, call) = begin_new::<T, TemporaryDirectory>(&mut store, Some(parent.id))?;
                let guest = call.provider.exports.scratch_tempfile_types().temporary_directory();
                let made = guest.call_create_directory(&mut store, parent.resource, &name).await;
                created::<T, TemporaryDirectory>(&mut store, id, "create-directory", made, 0).await
            })
        },
    )?;
    types.func_wrap_async(
        "[method]temporary-directory.create-file",
        |mut store: StoreContextMut<'_, T>, (this, mut options): (Resource<TemporaryDirectory>, FileOptions)| {
            Box::new(async move {
                let most = memory::most(&mut store, options.max_memory);
                options.max_memory = Some(most);
                let parent = get(&mut store, &this)?;
                let (id, call) = begin_new::<T, TemporaryFile>(&mut store, Some(parent.id))?;
                let guest = call.provider.exports.scratch_tempfile_types().temporary_directory();
                let made = guest.call_create_file(&mut store, parent.resource, &options).await;
                created::<T, TemporaryFile>(&mut store, id, "create-file", made, most).await
            })
        },
    )?;
    get_path!(
        types,
        "[method]temporary-directory.get-path",
        TemporaryDirectory,
        temporary_directory
    );
    method!(types, "[method]temporary-directory.open", TemporaryDirectory,
        temporary_directory.call_open(flags: DescriptorFlags), (flags) -> Result<Resource<Descriptor>, ErrorCode>);
    close!(
        types,
        "[static]temporary-directory.close",
        TemporaryDirectory,
        temporary_directory
    );
    keep!(
        types,
        "[static]temporary-directory.keep",
        TemporaryDirectory,
        temporary_directory
    );
    persist!(
        types,
        "[static]temporary-directory.persist",
        TemporaryDirectory,
        temporary_directory,
        ()
    );
    Ok(())
}

/// What a file holds.
fn file_data<T: ScratchView>(types: &mut LinkerInstance<'_, T>) -> wasmtime::Result<()> {
    types.func_wrap_async(
        "[static]temporary-file.create",
        |mut store: StoreContextMut<'_, T>, (mut options,): (FileOptions,)| {
            Box::new(async move {
                let most = memory::most(&mut store, options.max_memory);
                options.max_memory = Some(most);
                let (id, call) = begin_new::<T, TemporaryFile>(&mut store, None)?;
                let guest = call.provider.exports.scratch_tempfile_types().temporary_file();
                let made = guest.call_create(&mut store, &options).await;
                created::<T, TemporaryFile>(&mut store, id, "create", made, most).await
            })
        },
    )?;
    method!(types, "[method]temporary-file.read", TemporaryFile,
        temporary_file.call_read(length: Filesize, offset: Filesize), (length, offset) -> Result<Vec<u8>, ErrorCode>);
    growing_method!(types, "[method]temporary-file.write",
    call_write(buffer: Vec<u8>, offset: Filesize), (&buffer, offset) -> Result<(), ErrorCode>,
    |size| match buffer.len() {
        // Nothing grows by it, wherever it is written.
        0 => Some(size),
        length => Some(size.max(offset.checked_add(u64::try_from(length).ok()?)?)),
    });
    growing_method!(types, "[method]temporary-file.append",
        call_append(buffer: Vec<u8>), (&buffer) -> Result<Filesize, ErrorCode>,
        |size| size.checked_add(u64::try_from(buffer.len()).ok()?));
    method!(types, "[method]temporary-file.get-size", TemporaryFile,
        temporary_file.call_get_size(), () -> Result<Filesize, ErrorCode>);
    growing_method!(types, "[method]temporary-file.set-size",
        call_set_size(new: Filesize), (new) -> Result<(), ErrorCode>, |_size| Some(new));
    file_method!(types, "[method]temporary-file.read-via-stream",
        call_read_via_stream(offset: Filesize), (offset) -> Result<Resource<DynInputStream>, ErrorCode>);
    file_method!(types, "[method]temporary-file.write-via-stream",
        call_write_via_stream(offset: Filesize), (offset) -> Result<Resource<DynOutputStream>, ErrorCode>);
    file_method!(types, "[method]temporary-file.append-via-stream",
        call_append_via_stream(), () -> Result<Resource<DynOutputStream>, ErrorCode>);
    Ok(())
}

/// Where a file is, and how it ends.
fn file_storage<T: ScratchView>(types: &mut LinkerInstance<'_, T>) -> wasmtime::Result<()> {
    method!(types, "[method]temporary-file.is-in-memory", TemporaryFile,
        temporary_file.call_is_in_memory(), () -> bool);
    get_path!(types, "[method]temporary-file.get-path", TemporaryFile, temporary_file);
    file_method!(types, "[method]temporary-file.open",
        call_open(flags: DescriptorFlags), (flags) -> Result<Resource<Descriptor>, ErrorCode>);
    close!(types, "[static]temporary-file.close", TemporaryFile, temporary_file);
    keep!(types, "[static]temporary-file.keep", TemporaryFile, temporary_file);
    persist!(types, "[static]temporary-file.persist", TemporaryFile, temporary_file, (overwrite: bool));
    Ok(())
}

fn space<T: ScratchView>(space: &mut LinkerInstance<'_, T>) -> wasmtime::Result<()> {
    space.func_wrap_async("get-path", |mut store: StoreContextMut<'_, T>, (): ()| {
        Box::new(async move {
            if store.data_mut().scratch().ctx.tmp.is_none() {
                return Ok((None,));
            }
            let call = begin_space(&mut store)?;
            let answer: wasmtime::Result<Option<String>> = call
                .provider
                .exports
                .scratch_tempfile_space()
                .call_get_path(&mut store)
                .await;
            finish(&mut store);
            settle::ownerless(&mut store, "get-path").await;
            Ok((answer?,))
        })
    })?;
    // These the host knows better than any provider.
    space.func_wrap("get-limits", |mut store: StoreContextMut<'_, T>, (): ()| {
        Ok((contract::limits(store.data_mut().scratch().ctx.space.budget()),))
    })?;
    space.func_wrap("get-usage", |mut store: StoreContextMut<'_, T>, (): ()| {
        Ok((contract::usage(store.data_mut().scratch().ctx.space.budget()),))
    })
}

/// What a proxy needs for a call.
pub(super) struct Begun {
    pub(super) provider: Arc<LinkedProvider>,
    drop_timeout: Duration,
}

/// From now until [`finish`], what the provider does is done for the handle `id`.
pub(super) fn begin<T: ScratchView>(store: &mut StoreContextMut<'_, T>, id: HandleId) -> wasmtime::Result<Begun> {
    start(store, Some(id), None)
}

/// The same for a drop or a close.
fn begin_ending<T: ScratchView>(store: &mut StoreContextMut<'_, T>, id: HandleId) -> wasmtime::Result<Begun> {
    let begun = begin(store, id)?;
    store.data_mut().scratch().ctx.is_ending();
    Ok(begun)
}

/// The same for a `persist` to `name` in `parent`.
fn begin_persist<T: ScratchView>(
    store: &mut StoreContextMut<'_, T>,
    id: HandleId,
    parent: &Resource<Descriptor>,
    name: &str,
) -> wasmtime::Result<Begun> {
    let view = store.data_mut().scratch();
    let window = guard::granted(&view, parent).map(|dir| Window {
        dir,
        target: name.to_owned(),
    });
    start(store, Some(id), window)
}

/// The same for a handle that does not exist yet.
fn begin_new<T: ScratchView, H: Handle>(
    store: &mut StoreContextMut<'_, T>,
    parent: Option<HandleId>,
) -> wasmtime::Result<(HandleId, Begun)> {
    let id = store.data_mut().scratch().ctx.space.ledger().begin(H::KIND, parent);
    Ok((id, start(store, Some(id), None)?))
}

fn begin_space<T: ScratchView>(store: &mut StoreContextMut<'_, T>) -> wasmtime::Result<Begun> {
    start(store, None, None)
}

fn start<T: ScratchView>(
    store: &mut StoreContextMut<'_, T>,
    handle: Option<HandleId>,
    window: Option<Window>,
) -> wasmtime::Result<Begun> {
    let ctx = store.data_mut().scratch().ctx;
    let Some(provider) = &ctx.linked else {
        bail!("no provider has been instantiated in this store: see `LinkedPre::instantiate`");
    };
    let begun = Begun {
        provider: Arc::clone(provider),
        drop_timeout: ctx.drop_timeout,
    };
    if let Some(window) = &window {
        // The end of the space waits for what a cancelled `persist` still does there.
        ctx.space.watch(&window.dir);
    }
    ctx.begin_call(handle, window);
    Ok(begun)
}

pub(super) fn finish<T: ScratchView>(store: &mut StoreContextMut<'_, T>) {
    store.data_mut().scratch().ctx.end_call();
}

async fn created<T: ScratchView, H: Handle>(
    store: &mut StoreContextMut<'_, T>,
    id: HandleId,
    call: &'static str,
    made: wasmtime::Result<Result<ResourceAny, ErrorCode>>,
    most: u64,
) -> Answer<Resource<H>> {
    finish(store);
    match made {
        Ok(Ok(resource)) => {
            let held = Held { resource, id };
            let memory = match H::KIND {
                Kind::File => memory::begin_file(store, most, held),
                Kind::Directory => None,
            };
            let handle = give::<T, H>(store, held, memory)?;
            let space = &store.data_mut().scratch().ctx.space;
            space.ledger().created(id);
            tracing::trace!(label = space.label_text(), resource = H::KIND.resource(), "created");
            Ok((Ok(handle),))
        }
        Ok(Err(code)) => {
            settle::abandoned(store, id, H::KIND, call).await;
            Ok((Err(code),))
        }
        Err(trap) => {
            settle::abandoned(store, id, H::KIND, call).await;
            Err(trap)
        }
    }
}

/// Why a provider did not return from a drop.
enum Failed {
    Trapped(wasmtime::Error),
    TimedOut(Duration),
}

/// Waits for the provider, but not for ever.
async fn in_time<R>(timeout: Duration, call: impl Future<Output = wasmtime::Result<R>>) -> Result<R, Failed> {
    match tokio::time::timeout(timeout, call).await {
        Ok(returned) => returned.map_err(Failed::Trapped),
        Err(_) => Err(Failed::TimedOut(timeout)),
    }
}

async fn end<T: ScratchView, H: Handle>(
    store: &mut StoreContextMut<'_, T>,
    id: HandleId,
    end: End,
    returned: Result<(), Failed>,
) -> wasmtime::Result<()> {
    let call = end.call();
    let (end, failed) = match &returned {
        Ok(()) => (end, None),
        // The program's fuel ran out, by chance in there.
        Err(Failed::Trapped(trap)) if trap.downcast_ref() == Some(&Trap::OutOfFuel) => (End::ByHost, None),
        Err(Failed::Trapped(_)) => (End::ByHost, Some(settle::TRAPPED)),
        Err(Failed::TimedOut(_)) => (End::ByHost, Some(settle::TIMED_OUT)),
    };
    settle::ended(store, id, H::KIND, end, call, failed).await;
    match returned {
        Ok(()) => Ok(()),
        Err(Failed::Trapped(trap)) => Err(trap.context(format!("the provider trapped in a {call}"))),
        Err(Failed::TimedOut(after)) => Err(wasmtime::format_err!(
            "the provider did not return from a {call} within {after:?}"
        )),
    }
}

/// Whether the program sees its space.
/// # Errors
///
/// `unsupported` if the program does not see the space, so that a path is of no use to it; `no-entry`, which comes first, for
/// a handle that is detached.
fn is_shown<T: ScratchView>(store: &mut StoreContextMut<'_, T>, id: HandleId) -> Result<(), ErrorCode> {
    let ctx = store.data_mut().scratch().ctx;
    match ctx.tmp {
        Some(_) => Ok(()),
        None if ctx.space.ledger().is_detached(id) => Err(ErrorCode::NoEntry),
        None => Err(ErrorCode::Unsupported),
    }
}

fn get<T: ScratchView, H: Handle>(store: &mut StoreContextMut<'_, T>, this: &Resource<H>) -> wasmtime::Result<Held> {
    Ok(store.data_mut().scratch().table.get(this)?.held())
}

fn take<T: ScratchView, H: Handle>(
    store: &mut StoreContextMut<'_, T>,
    this: Resource<H>,
) -> wasmtime::Result<(Held, Option<InMemory>)> {
    let handle = store.data_mut().scratch().table.delete(this)?;
    Ok((handle.held(), handle.into_memory()))
}

fn give<T: ScratchView, H: Handle>(
    store: &mut StoreContextMut<'_, T>,
    held: Held,
    memory: Option<InMemory>,
) -> wasmtime::Result<Resource<H>> {
    Ok(store.data_mut().scratch().table.push(H::wrap(held, memory))?)
}
