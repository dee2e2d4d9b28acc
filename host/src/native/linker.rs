//! The functions in a linker. By hand, and not by `bindgen!`, for what that cannot say: a write takes its bytes where they are
//! in the program's memory, a read of a whole file in memory hands out those very bytes, and each function is synchronous
//! where nothing has to be waited for.

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, LinkerInstance, Resource, ResourceType, WasmList};
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorFlags, ErrorCode, Filesize};
use wasmtime_wasi::runtime::in_tokio;

use super::storage::{At, PIECE, Write, end_of};
use super::{Failed, Form, Native, TemporaryDirectory, TemporaryFile};
use crate::bindings::exports::scratch::tempfile::types::{FileOptions, NamePattern};
use crate::contract;
use crate::view::ScratchView;

/// Adds `scratch:tempfile` to a linker.
///
/// # Errors
///
/// If it is in there already.
pub(crate) fn add_to_linker<T: ScratchView>(linker: &mut Linker<T>, form: Form) -> wasmtime::Result<()> {
    let mut types = linker.instance(&contract::interface("types"))?;
    resources(&mut types, form)?;
    directory(&mut types, form)?;
    file_data(&mut types, form)?;
    file_storage(&mut types, form)?;
    space(&mut linker.instance(&contract::interface("space"))?, form)
}

type Directory = Resource<TemporaryDirectory>;
type File = Resource<TemporaryFile>;
/// Where they are in the program's memory.
type Bytes = WasmList<u8>;

/// A function's result: the outer one traps, the inner one is the program's.
type Answer<R> = wasmtime::Result<(Result<R, ErrorCode>,)>;

fn answer<R>(result: Result<R, Failed>) -> Answer<R> {
    match result {
        Ok(value) => Ok((Ok(value),)),
        Err(failed) => Ok((Err(failed.code()?),)),
    }
}

fn native<'s, T: ScratchView>(store: &'s mut StoreContextMut<'_, T>, form: Form) -> Native<'s> {
    Native::new(store.data_mut().scratch(), form)
}

/// A function in which nothing is waited for.
macro_rules! at_once {
    ($to:ident, $form:ident, $name:literal, |$native:ident $(, $arg:ident: $ty:ty)*| $answer:expr) => {
        $to.func_wrap($name, move |mut store: StoreContextMut<'_, T>, ($($arg,)*): ($($ty,)*)| {
            #[allow(unused_mut, reason = "for some of them")]
            let mut $native = native(&mut store, $form);
            $answer
        })?
    };
}

/// A function that may wait: awaited, or in a synchronous store for as long as it takes.
macro_rules! in_time {
    ($to:ident, $form:ident, $name:literal, |$native:ident $(, $arg:ident: $ty:ty)*| $answer:expr) => {
        in_time!($to, $form, $name, store: |store $(, $arg: $ty)*| {
            let mut $native = native(&mut store, $form);
            $answer
        })
    };
    ($to:ident, $form:ident, $name:literal, store: |$store:ident $(, $arg:ident: $ty:ty)*| $answer:expr) => {
        if $form.is_async {
            $to.func_wrap_async($name, move |mut $store: StoreContextMut<'_, T>, ($($arg,)*): ($($ty,)*)| {
                Box::new(async move { $answer })
            })?
        } else {
            $to.func_wrap($name, move |mut $store: StoreContextMut<'_, T>, ($($arg,)*): ($($ty,)*)| {
                in_tokio(async { $answer })
            })?
        }
    };
}

fn resources<T: ScratchView>(types: &mut LinkerInstance<'_, T>, form: Form) -> wasmtime::Result<()> {
    let directory = ResourceType::host::<TemporaryDirectory>();
    let file = ResourceType::host::<TemporaryFile>();
    if !form.is_async {
        types.resource("temporary-directory", directory, move |mut store, rep| {
            in_tokio(native(&mut store, form).drop_directory(Resource::new_own(rep)))
        })?;
        return types.resource("temporary-file", file, move |mut store, rep| {
            in_tokio(native(&mut store, form).drop_file(Resource::new_own(rep)))
        });
    }
    types.resource_async("temporary-directory", directory, move |mut store, rep| {
        Box::new(async move { native(&mut store, form).drop_directory(Resource::new_own(rep)).await })
    })?;
    types.resource_async("temporary-file", file, move |mut store, rep| {
        Box::new(async move { native(&mut store, form).drop_file(Resource::new_own(rep)).await })
    })
}

fn directory<T: ScratchView>(types: &mut LinkerInstance<'_, T>, form: Form) -> wasmtime::Result<()> {
    at_once!(
        types,
        form,
        "[static]temporary-directory.create",
        |native, name: NamePattern| answer(native.create_directory(None, name))
    );
    at_once!(
        types,
        form,
        "[method]temporary-directory.create-directory",
        |native, this: Directory, name: NamePattern| answer(native.create_directory(Some(this), name))
    );
    at_once!(
        types,
        form,
        "[method]temporary-directory.create-file",
        |native, this: Directory, options: FileOptions| answer(native.create_file(Some(this), options))
    );
    at_once!(
        types,
        form,
        "[method]temporary-directory.get-path",
        |native, this: Directory| answer(native.directory_path(this))
    );
    at_once!(
        types,
        form,
        "[method]temporary-directory.open",
        |native, this: Directory, flags: DescriptorFlags| answer(native.open_directory(this, flags))
    );
    in_time!(
        types,
        form,
        "[static]temporary-directory.close",
        |native, this: Directory| answer(native.close_directory(this).await)
    );
    in_time!(
        types,
        form,
        "[static]temporary-directory.keep",
        |native, this: Directory| Ok((native.keep_directory(this).await?,))
    );
    in_time!(
        types,
        form,
        "[static]temporary-directory.persist",
        |native, this: Directory, parent: Resource<Descriptor>, name: String| {
            Ok((native.persist_directory(this, parent, name).await?,))
        }
    );
    Ok(())
}

/// What a file holds.
fn file_data<T: ScratchView>(types: &mut LinkerInstance<'_, T>, form: Form) -> wasmtime::Result<()> {
    at_once!(
        types,
        form,
        "[static]temporary-file.create",
        |native, options: FileOptions| answer(native.create_file(None, options))
    );
    at_once!(
        types,
        form,
        "[method]temporary-file.read",
        |native, this: File, length: Filesize, offset: Filesize| answer(native.read(this, length, offset))
    );
    in_time!(
        types,
        form,
        "[method]temporary-file.write",
        store: |store, this: File, buffer: Bytes, offset: Filesize| {
            answer(write(&mut store, form, this, &buffer, At::Offset(offset)).await.map(drop))
        }
    );
    in_time!(
        types,
        form,
        "[method]temporary-file.append",
        store: |store, this: File, buffer: Bytes| answer(write(&mut store, form, this, &buffer, At::End).await)
    );
    at_once!(types, form, "[method]temporary-file.get-size", |native, this: File| {
        answer(native.get_size(this))
    });
    in_time!(
        types,
        form,
        "[method]temporary-file.set-size",
        |native, this: File, size: Filesize| answer(native.set_size(this, size).await)
    );
    at_once!(
        types,
        form,
        "[method]temporary-file.read-via-stream",
        |native, this: File, offset: Filesize| answer(native.read_via_stream(this, offset))
    );
    at_once!(
        types,
        form,
        "[method]temporary-file.write-via-stream",
        |native, this: File, offset: Filesize| answer(native.write_via_stream(this, Some(offset)))
    );
    at_once!(
        types,
        form,
        "[method]temporary-file.append-via-stream",
        |native, this: File| answer(native.write_via_stream(this, None))
    );
    Ok(())
}

/// Writes from the program's memory to where the bytes belong, a piece at a time. Answers with where the first of them went.
async fn write<T: ScratchView>(
    store: &mut StoreContextMut<'_, T>,
    form: Form,
    this: File,
    buffer: &Bytes,
    at: At,
) -> Result<u64, Failed> {
    let length = buffer.as_le_slice(&*store).len();
    if let At::Offset(offset) = at
        && length > 0
    {
        // The arguments as such come before the handle.
        end_of(offset, u64::try_from(length).map_err(|_| ErrorCode::FileTooLarge)?)?;
    }
    let mut native = native(store, form);
    let content = native.content(&this)?;
    let is_short = !content.is_long_to_begin(length, at);
    let mut write: Write = native.blocking(is_short, move || content.begin(length, at)).await??;
    let mut done = 0;
    loop {
        // Borrowed anew for each piece: the program's memory stays where it is, and a borrow may not.
        let rest = &buffer.as_le_slice(&*store)[done..];
        let piece = &rest[..rest.len().min(PIECE)];
        write.piece(piece, done)?;
        done += piece.len();
        if done == length {
            break;
        }
        tokio::task::yield_now().await;
    }
    let begin = write.begin();
    write.finish();
    Ok(begin)
}

/// Where a file is, and how it ends.
fn file_storage<T: ScratchView>(types: &mut LinkerInstance<'_, T>, form: Form) -> wasmtime::Result<()> {
    at_once!(
        types,
        form,
        "[method]temporary-file.is-in-memory",
        |native, this: File| Ok((native.is_in_memory(this)?,))
    );
    in_time!(types, form, "[method]temporary-file.get-path", |native, this: File| {
        answer(native.file_path(this).await)
    });
    in_time!(
        types,
        form,
        "[method]temporary-file.open",
        |native, this: File, flags: DescriptorFlags| answer(native.open_file(this, flags).await)
    );
    in_time!(types, form, "[static]temporary-file.close", |native, this: File| {
        answer(native.close_file(this).await)
    });
    in_time!(types, form, "[static]temporary-file.keep", |native, this: File| {
        Ok((native.keep_file(this).await?,))
    });
    in_time!(
        types,
        form,
        "[static]temporary-file.persist",
        |native, this: File, parent: Resource<Descriptor>, name: String, overwrite: bool| {
            Ok((native.persist_file(this, parent, name, overwrite).await?,))
        }
    );
    Ok(())
}

fn space<T: ScratchView>(space: &mut LinkerInstance<'_, T>, form: Form) -> wasmtime::Result<()> {
    at_once!(space, form, "get-path", |native| Ok((native.tmp().map(str::to_owned),)));
    at_once!(space, form, "get-limits", |native| {
        let budget = native.ctx.space.budget();
        Ok((contract::limits(budget),))
    });
    at_once!(space, form, "get-usage", |native| {
        let budget = native.ctx.space.budget();
        Ok((contract::usage(budget),))
    });
    Ok(())
}
