//! `wasi:filesystem` as a program, and a provider, see it.
//!
//! Everything is done by wasmtime-wasi; the guard stands in front of it and
//!
//! * shows the space as a preopen, a placeholder until it is really used;
//! * keeps what moves by `rename` and `link` inside the space, the window of a `persist` excepted;
//! * writes into the ledger what a provider makes, and during which handle's call;
//! * charges what is made and written in the space before it is, and gives back what is taken away;
//! * says of an error of a stream what a program may know of it.

mod change;
mod charge;
mod errors;
mod facts;
mod filesystem;
mod outside;
mod paths;
mod streams;
mod sync;

use std::fs::File;
use std::sync::Arc;

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::filesystem::{Descriptor, Dir, WasiFilesystemCtxView};
use wasmtime_wasi::p2::FsResult;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;
use wasmtime_wasi::p2::bindings::filesystem::{preopens, types};
use wasmtime_wasi::p2::bindings::io::error;
use wasmtime_wasi::p2::bindings::sync::filesystem::types as sync_types;

pub(crate) use self::errors::code;
pub(crate) use self::facts::Facts;
use self::facts::{Fact, Place};
use crate::budget::{OpenInode, Taken};
use crate::ctx::ScratchCtx;
use crate::view::{ScratchCtxView, ScratchView};

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The program: what it does in its space by path is its own affair.
    Program,
    /// The provider: what it makes belongs to the handle that it makes it for.
    Provider,
}

/// Puts the guard in the place of `wasi:filesystem` in `linker`, which has to allow shadowing.
pub(crate) fn add_to_linker<T: ScratchView>(linker: &mut Linker<T>, side: Side) -> wasmtime::Result<()> {
    let view: fn(&mut T) -> Guard<'_> = match side {
        Side::Program => |data| Guard::new(data.scratch(), Side::Program),
        Side::Provider => |data| Guard::new(data.scratch(), Side::Provider),
    };
    types::add_to_linker::<T, HasGuard>(linker, view)?;
    preopens::add_to_linker::<T, HasGuard>(linker, view)?;
    error::add_to_linker::<T, HasGuard>(linker, view)
}

/// The same for a program in a synchronous linker.
pub(crate) fn add_to_linker_sync<T: ScratchView>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let view: fn(&mut T) -> Guard<'_> = |data| Guard::new(data.scratch(), Side::Program);
    sync_types::add_to_linker::<T, HasGuard>(linker, view)?;
    // These two wait for nothing, and are the same in both.
    preopens::add_to_linker::<T, HasGuard>(linker, view)?;
    error::add_to_linker::<T, HasGuard>(linker, view)
}

struct HasGuard;

impl HasData for HasGuard {
    type Data<'a> = Guard<'a>;
}

/// The guard over one instance's descriptors.
pub(crate) struct Guard<'a> {
    ctx: &'a mut ScratchCtx,
    table: &'a mut ResourceTable,
    side: Side,
}

impl<'a> Guard<'a> {
    pub(crate) fn new(view: ScratchCtxView<'a>, side: Side) -> Guard<'a> {
        Guard {
            ctx: view.ctx,
            table: view.table,
            side,
        }
    }

    /// wasmtime-wasi's own implementation.
    fn wasi(&mut self) -> WasiFilesystemCtxView<'_> {
        let ctx = match self.side {
            Side::Program => &mut self.ctx.program_fs,
            Side::Provider => &mut self.ctx.provider_fs,
        };
        WasiFilesystemCtxView { ctx, table: self.table }
    }

    /// The preopens: what was granted, then the space.
    fn preopens(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        let mut all = preopens::Host::get_directories(&mut self.wasi())?;
        for (descriptor, _) in &all {
            self.register(descriptor, Place::Granted)?;
        }
        let space = match self.side {
            Side::Program => self.ctx.tmp.clone(),
            Side::Provider => Some(self.ctx.provider_tmp.clone()),
        };
        if let Some(path) = space {
            let placeholder = self.ctx.space.lease().placeholder(self.ctx.allow_blocking).clone();
            let descriptor = self.table.push(Descriptor::Dir(placeholder))?;
            self.ctx.facts.insert_placeholder(&descriptor);
            all.push((descriptor, path));
        }
        Ok(all)
    }

    /// Hands out a file of the space that the host opened itself.
    pub(crate) fn adopt_file(
        &mut self,
        file: wasmtime_wasi::filesystem::File,
        inode: OpenInode,
        open: Taken,
    ) -> wasmtime::Result<Resource<Descriptor>> {
        let descriptor = self.table.push(Descriptor::File(file))?;
        let fact = self.register(&descriptor, Place::Space(None))?;
        fact.inode = Some(inode);
        fact.open = Some(open);
        Ok(descriptor)
    }

    /// The same of a directory that stands `depth` deep.
    pub(crate) fn adopt_dir(
        &mut self,
        dir: Arc<File>,
        depth: u64,
        open: Taken,
    ) -> wasmtime::Result<Resource<Descriptor>> {
        let descriptor = self.table.push(Descriptor::Dir(self.dir(dir)))?;
        let moves = self.ctx.space.budget().moves();
        let fact = self.register(&descriptor, Place::Space(None))?;
        fact.depth = Some((depth, moves));
        fact.open = Some(open);
        Ok(descriptor)
    }

    /// How deep the directory behind a descriptor stands, if that is in the space.
    pub(crate) fn depth_in_space(&mut self, descriptor: &Resource<Descriptor>) -> FsResult<Option<u64>> {
        match self.fact(descriptor)?.place {
            Place::Space(_) | Place::Moved => Ok(Some(self.depth_of(descriptor)?)),
            Place::Granted | Place::Lent(_) => Ok(None),
        }
    }

    /// A directory of the space as wasmtime-wasi holds it.
    fn dir(&self, dir: Arc<File>) -> Dir {
        let mut provided = self.ctx.space.lease().placeholder(self.ctx.allow_blocking).clone();
        provided.dir = dir;
        provided
    }

    /// Writes down where a new descriptor leads.
    fn register(&mut self, descriptor: &Resource<Descriptor>, place: Place) -> wasmtime::Result<&mut Fact> {
        let file = Arc::clone(file_of(self.table.get(descriptor)?));
        if place != Place::Granted {
            self.ctx.space.watch(&file);
        }
        Ok(self.ctx.facts.insert(descriptor, Fact::new(&file, place)))
    }

    /// What is known of `descriptor`. A placeholder becomes the space's real directory first.
    fn fact(&mut self, descriptor: &Resource<Descriptor>) -> FsResult<&Fact> {
        let file = Arc::as_ptr(file_of(self.table.get(descriptor)?));
        if !self.ctx.facts.is_placeholder(descriptor) {
            // Nobody but the guard hands out descriptors here; one that it does not know is refused.
            let call = self.ctx.call.as_ref().map(|call| call.number);
            return match self.ctx.facts.get(descriptor, file) {
                // What a program lent to its provider for one call is of no use after that.
                Some(Fact {
                    place: Place::Lent(lent),
                    ..
                }) if call != Some(*lent) => Err(ErrorCode::BadDescriptor.into()),
                Some(fact) => Ok(fact),
                None => Err(ErrorCode::BadDescriptor.into()),
            };
        }
        // Two system calls, once for an instance: not worth a thread.
        let root = self.ctx.space.root().map_err(|error| code(&error))?;
        *self.table.get_mut(descriptor)? = Descriptor::Dir(self.dir(Arc::clone(&root)));
        let place = Place::Space(Some(String::new()));
        let fact = Fact::new(&root, place).with_depth(0, u64::MAX);
        Ok(self.ctx.facts.insert(descriptor, fact))
    }
}

fn file_of(descriptor: &Descriptor) -> &Arc<File> {
    match descriptor {
        Descriptor::File(file) => &file.file,
        Descriptor::Dir(dir) => &dir.dir,
    }
}

/// The open directory behind `descriptor`, if it is one that the host granted.
pub(crate) fn granted(view: &ScratchCtxView<'_>, descriptor: &Resource<Descriptor>) -> Option<Arc<File>> {
    let file = file_of(view.table.get(descriptor).ok()?);
    let fact = view.ctx.facts.get(descriptor, Arc::as_ptr(file))?;
    (fact.place == Place::Granted).then(|| Arc::clone(file))
}

/// What the ledger calls `name` in the directory behind `descriptor`, if that is in the space and its place is known.
pub(crate) fn path_in_space(
    view: &ScratchCtxView<'_>,
    descriptor: &Resource<Descriptor>,
    name: &str,
) -> Option<String> {
    if view.ctx.facts.is_placeholder(descriptor) {
        return paths::join("", name);
    }
    let file = file_of(view.table.get(descriptor).ok()?);
    match &view.ctx.facts.get(descriptor, Arc::as_ptr(file))?.place {
        Place::Space(Some(dir)) => paths::join(dir, name),
        _ => None,
    }
}
