//! The functions of the contract, one by one.

use std::sync::Arc;

use rustix::fs::OFlags;
use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::{Descriptor, File};
use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorFlags, ErrorCode, Filesize};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};
use wasmtime_wasi::{FsPerms, OpenMode};

use super::directory::{self, Node, TemporaryDirectory};
use super::file::{Body, TemporaryFile};
use super::names::{Pattern, check_component};
use super::persist::{self, Target};
use super::storage::Content;
use super::streams::{Reading, Writing};
use super::{Failed, Native};
use crate::bindings::exports::scratch::tempfile::types::{FileOptions, NamePattern};
use crate::budget::LARGEST_FILE;
use crate::guard::{Guard, Side};
use crate::ledger::{Counted, End, Kind};

/// What `keep` and `persist` answer: the handle comes back when they fail. The outer error traps.
pub(super) type Returned<H, R> = wasmtime::Result<Result<R, (Resource<H>, ErrorCode)>>;

impl Native<'_> {
    pub(super) fn create_directory(
        &mut self,
        parent: Option<Resource<TemporaryDirectory>>,
        name: NamePattern,
    ) -> Result<Resource<TemporaryDirectory>, Failed> {
        let pattern = Pattern::new(name)?;
        let parent = self.parent(parent)?;
        let (node, home) = Node::create(&self.ctx.space, parent.as_ref(), &pattern)?;
        let counted = self.created(Kind::Directory);
        let directory = TemporaryDirectory {
            node,
            counted,
            _home: home,
        };
        Ok(self.table.push(directory)?)
    }

    pub(super) fn create_file(
        &mut self,
        parent: Option<Resource<TemporaryDirectory>>,
        options: FileOptions,
    ) -> Result<Resource<TemporaryFile>, Failed> {
        let pattern = Pattern::new(options.name)?;
        let parent = self.parent(parent)?;
        let limits = self.ctx.space.budget().limits();
        let most = options.max_memory.unwrap_or(limits.file_memory.min(limits.memory));
        let body = Body::create(&self.ctx.space, parent.as_ref(), pattern, most)?;
        let counted = self.created(Kind::File);
        Ok(self.table.push(TemporaryFile { body, counted })?)
    }

    /// The directory in which something is to be made.
    fn parent(&self, parent: Option<Resource<TemporaryDirectory>>) -> Result<Option<Arc<Node>>, Failed> {
        parent.map(|parent| self.node(&parent)).transpose()
    }

    fn created(&self, kind: Kind) -> Counted {
        let space = &self.ctx.space;
        tracing::trace!(label = space.label_text(), resource = kind.resource(), "created");
        space.ledger().native_created(kind)
    }

    fn ended(&self, counted: Counted, end: End) {
        let space = &self.ctx.space;
        let resource = counted.kind().resource();
        tracing::trace!(label = space.label_text(), resource, call = end.call(), "ended");
        space.ledger().native_ended(counted, end);
    }

    pub(super) fn content(&self, this: &Resource<TemporaryFile>) -> Result<Arc<Content>, Failed> {
        self.table.get(this)?.body.content()
    }

    /// # Errors
    ///
    /// `no-entry` when it is detached.
    fn node(&self, this: &Resource<TemporaryDirectory>) -> Result<Arc<Node>, Failed> {
        let node = &self.table.get(this)?.node;
        node.check()?;
        Ok(Arc::clone(node))
    }

    /// Where the program finds what is at `path` in its space.
    ///
    /// # Errors
    ///
    /// `unsupported` if it does not see the space.
    fn shown(&self, path: &str) -> Result<String, Failed> {
        let tmp = self.tmp().ok_or(ErrorCode::Unsupported)?;
        Ok(format!("{}/{path}", tmp.trim_end_matches('/')))
    }

    /// Where the program sees its space: nowhere, if its file system is not ours.
    pub(super) fn tmp(&self) -> Option<&str> {
        self.ctx.tmp.as_deref().filter(|_| self.form.is_guarded)
    }

    pub(super) fn read(
        &mut self,
        this: Resource<TemporaryFile>,
        length: Filesize,
        offset: Filesize,
    ) -> Result<Arc<Vec<u8>>, Failed> {
        self.content(&this)?.read(length, offset)
    }

    pub(super) fn get_size(&mut self, this: Resource<TemporaryFile>) -> Result<Filesize, Failed> {
        self.content(&this)?.size()
    }

    pub(super) async fn set_size(&mut self, this: Resource<TemporaryFile>, size: Filesize) -> Result<(), Failed> {
        if size > LARGEST_FILE {
            return Err(ErrorCode::FileTooLarge.into());
        }
        let content = self.content(&this)?;
        self.blocking(content.is_small(), move || content.resize(size)).await?
    }

    pub(super) fn is_in_memory(&mut self, this: Resource<TemporaryFile>) -> wasmtime::Result<bool> {
        let body = &self.table.get(&this)?.body;
        Ok(body.content().is_ok_and(|content| content.is_in_memory()))
    }

    pub(super) fn read_via_stream(
        &mut self,
        this: Resource<TemporaryFile>,
        offset: Filesize,
    ) -> Result<Resource<DynInputStream>, Failed> {
        let content = self.content(&this)?;
        let stream: DynInputStream = Box::new(Reading {
            content,
            position: offset,
            _open: self.ctx.space.budget().open_file(false)?,
        });
        Ok(self.table.push(stream)?)
    }

    /// At the end where `position` is `None`.
    pub(super) fn write_via_stream(
        &mut self,
        this: Resource<TemporaryFile>,
        position: Option<Filesize>,
    ) -> Result<Resource<DynOutputStream>, Failed> {
        if position.is_some_and(|position| position > LARGEST_FILE) {
            return Err(ErrorCode::FileTooLarge.into());
        }
        let content = self.content(&this)?;
        let budget = self.ctx.space.budget();
        // At once, where a C library still asks why: it makes an `EIO` of every error of a stream.
        content.room(position).map_err(|none| budget.was_refused(none))?;
        let stream: DynOutputStream = Box::new(Writing {
            _open: budget.open_file(false)?,
            content,
            position,
            is_flushing: false,
        });
        Ok(self.table.push(stream)?)
    }

    pub(super) async fn file_path(&mut self, this: Resource<TemporaryFile>) -> Result<String, Failed> {
        let content = self.content(&this)?;
        self.path_of(content).await
    }

    async fn path_of(&mut self, content: Arc<Content>) -> Result<String, Failed> {
        if self.tmp().is_none() {
            return Err(ErrorCode::Unsupported.into());
        }
        let names = self.names().await;
        let named = self.blocking(!content.is_long_to_move(), move || {
            let _names = names;
            content.named()
        });
        let path = named.await??;
        self.shown(&path)
    }

    pub(super) fn directory_path(&mut self, this: Resource<TemporaryDirectory>) -> Result<String, Failed> {
        self.shown(self.node(&this)?.path())
    }

    pub(super) async fn open_file(
        &mut self,
        this: Resource<TemporaryFile>,
        flags: DescriptorFlags,
    ) -> Result<Resource<Descriptor>, Failed> {
        let usable = DescriptorFlags::READ | DescriptorFlags::WRITE;
        if flags.contains(DescriptorFlags::MUTATE_DIRECTORY) || !flags.intersects(usable) {
            return Err(ErrorCode::Invalid.into());
        }
        let content = self.content(&this)?;
        self.may_open(flags)?;
        let open = self.ctx.space.budget().open_file(false)?;
        let (mode, open_mode) = match (
            flags.contains(DescriptorFlags::READ),
            flags.contains(DescriptorFlags::WRITE),
        ) {
            (true, true) => (OFlags::RDWR, OpenMode::READ | OpenMode::WRITE),
            (false, true) => (OFlags::WRONLY, OpenMode::WRITE),
            _ => (OFlags::RDONLY, OpenMode::READ),
        };
        let reopened = self.blocking(!content.is_long_to_move(), move || content.reopen(mode));
        let (file, id) = reopened.await??;
        let perms = match flags.contains(DescriptorFlags::WRITE) {
            true => FsPerms::ReadWrite,
            false => FsPerms::ReadOnly,
        };
        let descriptor = File::new(file, perms, open_mode, self.ctx.allow_blocking);
        let inode = self.ctx.space.budget().opened(id, 0, &descriptor.file);
        Ok(self.guard().adopt_file(descriptor, inode, open)?)
    }

    /// # Errors
    ///
    /// `unsupported` for a flag that wasmtime-wasi has not either, and for a program whose descriptors the guard does not
    /// see: they would know no limits.
    fn may_open(&self, flags: DescriptorFlags) -> Result<(), Failed> {
        let synchronized = DescriptorFlags::FILE_INTEGRITY_SYNC
            | DescriptorFlags::DATA_INTEGRITY_SYNC
            | DescriptorFlags::REQUESTED_WRITE_SYNC;
        match flags.intersects(synchronized) || !self.form.is_guarded {
            true => Err(ErrorCode::Unsupported.into()),
            false => Ok(()),
        }
    }

    pub(super) fn open_directory(
        &mut self,
        this: Resource<TemporaryDirectory>,
        flags: DescriptorFlags,
    ) -> Result<Resource<Descriptor>, Failed> {
        let usable = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
        if flags.contains(DescriptorFlags::WRITE) || !flags.intersects(usable) {
            return Err(ErrorCode::Invalid.into());
        }
        let node = self.node(&this)?;
        self.may_open(flags)?;
        let open = self.ctx.space.budget().open_file(false)?;
        let dir = directory::open_home(&self.ctx.space, Some(&node))?;
        Ok(self.guard().adopt_dir(dir, node.depth(), open)?)
    }

    fn guard(&mut self) -> Guard<'_> {
        let view = crate::view::ScratchCtxView {
            ctx: &mut *self.ctx,
            table: &mut *self.table,
        };
        Guard::new(view, Side::Program)
    }

    /// A drop: nobody can be told what goes wrong.
    pub(super) async fn drop_file(&mut self, this: Resource<TemporaryFile>) -> wasmtime::Result<()> {
        let _ = self.end_file(this, End::Dropped).await;
        Ok(())
    }

    pub(super) async fn close_file(&mut self, this: Resource<TemporaryFile>) -> Result<(), Failed> {
        self.end_file(this, End::Closed).await
    }

    async fn end_file(&mut self, this: Resource<TemporaryFile>, end: End) -> Result<(), Failed> {
        let TemporaryFile { body, counted } = self.table.delete(this)?;
        let ended = match body.take() {
            // Its directory has gone, and it with that.
            None => Ok(()),
            Some(content) if content.is_nameless() => {
                // To close it frees what it has on disk.
                let is_short = content.is_in_memory() || content.is_small();
                let delete = move || content.delete();
                self.blocking(is_short, delete).await.and_then(|ended| Ok(ended?))
            }
            Some(content) => {
                let names = self.names().await;
                let delete = move || {
                    let _names = names;
                    content.delete()
                };
                self.blocking(false, delete).await.and_then(|ended| Ok(ended?))
            }
        };
        self.ended(counted, end);
        ended
    }

    /// As [`drop_file`](Native::drop_file).
    pub(super) async fn drop_directory(&mut self, this: Resource<TemporaryDirectory>) -> wasmtime::Result<()> {
        let _ = self.end_directory(this, End::Dropped).await;
        Ok(())
    }

    pub(super) async fn close_directory(&mut self, this: Resource<TemporaryDirectory>) -> Result<(), Failed> {
        self.end_directory(this, End::Closed).await
    }

    async fn end_directory(&mut self, this: Resource<TemporaryDirectory>, end: End) -> Result<(), Failed> {
        let TemporaryDirectory { node, counted, _home } = self.table.delete(this)?;
        let ended = match node.check() {
            Err(_) => Ok(()),
            Ok(()) => {
                let names = self.names().await;
                let space = Arc::clone(&self.ctx.space);
                let delete = move || {
                    let _names = names;
                    // First, so that no descriptor of ours holds what is deleted.
                    node.detach();
                    space.remove(node.path())
                };
                self.blocking(false, delete).await.and_then(|ended| Ok(ended?))
            }
        };
        self.ended(counted, end);
        ended
    }

    pub(super) async fn keep_file(&mut self, this: Resource<TemporaryFile>) -> Returned<TemporaryFile, String> {
        let kept = match self.content(&this) {
            Ok(content) => self.path_of(content).await,
            Err(detached) => Err(detached),
        };
        self.concluded_file(this, kept, End::Kept)
    }

    pub(super) async fn keep_directory(
        &mut self,
        this: Resource<TemporaryDirectory>,
    ) -> Returned<TemporaryDirectory, String> {
        let kept = self.kept_directory(&this).await;
        self.concluded_directory(this, kept, End::Kept)
    }

    async fn kept_directory(&mut self, this: &Resource<TemporaryDirectory>) -> Result<String, Failed> {
        let node = self.node(this)?;
        let path = self.shown(node.path())?;
        let names = self.names().await;
        let name = move || {
            let _names = names;
            node.name_files()
        };
        self.blocking(false, name).await??;
        Ok(path)
    }

    pub(super) async fn persist_file(
        &mut self,
        this: Resource<TemporaryFile>,
        parent: Resource<Descriptor>,
        name: String,
        overwrite: bool,
    ) -> Returned<TemporaryFile, ()> {
        let persisted = self.persisted_file(&this, &parent, name, overwrite).await;
        self.concluded_file(this, persisted, End::Persisted)
    }

    async fn persisted_file(
        &mut self,
        this: &Resource<TemporaryFile>,
        parent: &Resource<Descriptor>,
        name: String,
        overwrite: bool,
    ) -> Result<(), Failed> {
        check_component(&name)?;
        let content = self.content(this)?;
        let target = self.target(parent, name, overwrite)?;
        let names = self.names().await;
        let persist = move || {
            let _names = names;
            persist::file(&content, &target)
        };
        self.blocking(false, persist).await?
    }

    pub(super) async fn persist_directory(
        &mut self,
        this: Resource<TemporaryDirectory>,
        parent: Resource<Descriptor>,
        name: String,
    ) -> Returned<TemporaryDirectory, ()> {
        let persisted = self.persisted_directory(&this, &parent, name).await;
        self.concluded_directory(this, persisted, End::Persisted)
    }

    async fn persisted_directory(
        &mut self,
        this: &Resource<TemporaryDirectory>,
        parent: &Resource<Descriptor>,
        name: String,
    ) -> Result<(), Failed> {
        check_component(&name)?;
        let node = self.node(this)?;
        let target = self.target(parent, name, false)?;
        let (names, space) = (self.names().await, Arc::clone(&self.ctx.space));
        let persist = move || {
            let _names = names;
            persist::directory(&space, &node, &target)
        };
        self.blocking(false, persist).await?
    }

    /// Where a `persist` goes.
    ///
    /// # Errors
    ///
    /// `not-directory` for a file, `not-permitted` for a directory that is not to be changed.
    fn target(&mut self, parent: &Resource<Descriptor>, name: String, overwrite: bool) -> Result<Target, Failed> {
        let depth = match self.form.is_guarded {
            true => self
                .guard()
                .depth_in_space(parent)?
                .map(|depth| depth.saturating_add(1)),
            // Of the space there is no descriptor then.
            false => None,
        };
        let dir = match self.table.get(parent)? {
            Descriptor::File(_) => return Err(ErrorCode::NotDirectory.into()),
            Descriptor::Dir(dir) if dir.perms.write_not_permitted() => return Err(ErrorCode::NotPermitted.into()),
            Descriptor::Dir(dir) => Arc::clone(&dir.dir),
        };
        // The end of the space waits for a copy that nobody waits for any more.
        self.ctx.space.watch(&dir);
        Ok(Target {
            dir,
            name,
            overwrite,
            depth,
        })
    }

    /// The handle goes and what it owned stays, or the handle comes back.
    fn concluded_file<R>(
        &mut self,
        this: Resource<TemporaryFile>,
        result: Result<R, Failed>,
        end: End,
    ) -> Returned<TemporaryFile, R> {
        let value = match result {
            Ok(value) => value,
            Err(failed) => return Ok(Err((this, failed.code()?))),
        };
        let TemporaryFile { body, counted } = self.table.delete(this)?;
        if let Some(content) = body.take() {
            content.release();
        }
        self.ended(counted, end);
        Ok(Ok(value))
    }

    /// The same of a directory.
    fn concluded_directory<R>(
        &mut self,
        this: Resource<TemporaryDirectory>,
        result: Result<R, Failed>,
        end: End,
    ) -> Returned<TemporaryDirectory, R> {
        let value = match result {
            Ok(value) => value,
            Err(failed) => return Ok(Err((this, failed.code()?))),
        };
        let TemporaryDirectory { node, counted, _home } = self.table.delete(this)?;
        node.detach();
        self.ended(counted, end);
        Ok(Ok(value))
    }
}
