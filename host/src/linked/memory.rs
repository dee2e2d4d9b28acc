//! What a provider holds in memory: charged by the logical size, before the call that makes it larger.
//!
//! The host does not see a provider's memory. It knows that a file is in memory for as long as nothing stands in the
//! space that was made for its handle, and how large it is by the calls that it passes on. A file that has no room in
//! memory is moved to disk by asking the provider to open it: what is open is on disk.

use wasmtime::StoreContextMut;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorFlags, ErrorCode, HostDescriptor as _};

use super::proxies::{Held, TemporaryFile, begin, finish};
use crate::budget::Taken;
use crate::guard::{Guard, Side};
use crate::view::ScratchView;

/// A file that is in memory, as far as is known.
#[derive(Debug)]
pub(super) struct InMemory {
    size: u64,
    /// Above this size the provider moves it to disk by itself.
    most: u64,
    charge: Taken,
}

/// Up to which size a file that a program asks for stays in memory.
pub(super) fn most<T: ScratchView>(store: &mut StoreContextMut<'_, T>, asked: Option<u64>) -> u64 {
    let space = &store.data_mut().scratch().ctx.space;
    let limits = space.budget().limits();
    asked.unwrap_or(limits.file_memory.min(limits.memory))
}

/// Before a call that makes the file as large as `larger` says of its size now; `None` is larger than any file.
pub(super) async fn before<T: ScratchView>(
    store: &mut StoreContextMut<'_, T>,
    this: &Resource<TemporaryFile>,
    held: Held,
    larger: impl Fn(u64) -> Option<u64>,
) -> wasmtime::Result<Result<(), ErrorCode>> {
    let view = store.data_mut().scratch();
    let budget = view.ctx.space.budget();
    let Some(memory) = &mut view.table.get_mut(this)?.memory else {
        return Ok(Ok(()));
    };
    let size = larger(memory.size).unwrap_or(u64::MAX);
    if size > memory.size
        && let Err(refused) = budget.file_bytes(size)
    {
        return Ok(Err(refused.into()));
    }
    if size > memory.most || memory.charge.resize(size.max(memory.size)).is_ok() {
        return Ok(Ok(()));
    }
    to_disk(store, this, held).await
}

/// After a call, which made the file `size` large if that is known.
pub(super) async fn after<T: ScratchView>(
    store: &mut StoreContextMut<'_, T>,
    this: &Resource<TemporaryFile>,
    held: Held,
    size: Option<u64>,
) -> wasmtime::Result<()> {
    let view = store.data_mut().scratch();
    let is_on_disk = view.ctx.space.ledger().has_entries(held.id);
    let memory = &mut view.table.get_mut(this)?.memory;
    if is_on_disk {
        *memory = None;
    }
    let (Some(memory), Some(size)) = (memory, size) else {
        return Ok(());
    };
    memory.size = size;
    if memory.charge.resize(size).is_err() {
        // A provider that keeps more in memory than it was told to.
        let _ = to_disk(store, this, held).await?;
    }
    Ok(())
}

/// How large the file is now, if it is in memory.
pub(super) fn size<T: ScratchView>(
    store: &mut StoreContextMut<'_, T>,
    this: &Resource<TemporaryFile>,
) -> wasmtime::Result<Option<u64>> {
    let file = store.data_mut().scratch().table.get(this)?;
    Ok(file.memory.as_ref().map(|memory| memory.size))
}

async fn to_disk<T: ScratchView>(
    store: &mut StoreContextMut<'_, T>,
    this: &Resource<TemporaryFile>,
    held: Held,
) -> wasmtime::Result<Result<(), ErrorCode>> {
    let call = begin(store, held.id)?;
    let guest = call.provider.exports.scratch_tempfile_types().temporary_file();
    let opened = guest.call_open(&mut *store, held.resource, DescriptorFlags::READ).await;
    finish(store);
    match opened? {
        Ok(descriptor) => {
            let view = store.data_mut().scratch();
            Guard::new(view, Side::Provider).drop(descriptor)?;
            store.data_mut().scratch().table.get_mut(this)?.memory = None;
            Ok(Ok(()))
        }
        // It stays where it is, and what was to be written is not.
        Err(code) => Ok(Err(code)),
    }
}

/// The charge of a new file; `None` if it is on disk already.
pub(super) fn begin_file<T: ScratchView>(
    store: &mut StoreContextMut<'_, T>,
    most: u64,
    held: Held,
) -> Option<InMemory> {
    let space = &store.data_mut().scratch().ctx.space;
    (!space.ledger().has_entries(held.id)).then(|| InMemory {
        size: 0,
        most,
        charge: space.budget().no_memory(),
    })
}
