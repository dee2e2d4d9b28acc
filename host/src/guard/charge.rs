//! What the budget has to know of names: how deep they stand, what stands there already, what is gone with them.

use std::os::fd::AsFd as _;
use std::path::Path;
use std::sync::Arc;

use cap_primitives::fs::{FollowSymlinks, MetadataExt as _};
use rustix::fs::{AtFlags, FileType};
use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorFlags, ErrorCode, OpenFlags, PathFlags};
use wasmtime_wasi::p2::{FsError, FsResult};

use super::change::Change;
use super::errors::code;
use super::{Guard, file_of, paths};
use crate::budget::{Budget, Found, InodeId, OpenInode, Refused, Taken};
use crate::look;

type Fd = Resource<Descriptor>;

/// So many links a path may lead through, as for Linux.
const MOST_LINKS: u32 = 40;

impl Guard<'_> {
    pub(super) fn budget(&self) -> &Arc<Budget> {
        self.ctx.space.budget()
    }

    /// A descriptor or a stream that is about to be opened.
    pub(super) fn open_file(&self) -> Result<Taken, Refused> {
        let is_ending = self.is_provider() && self.ctx.call.as_ref().is_some_and(|call| call.is_ending);
        self.budget().open_file(is_ending)
    }

    /// The inode behind a descriptor, if that is a file of the space.
    pub(super) fn inode(&mut self, fd: &Fd) -> FsResult<Option<&OpenInode>> {
        Ok(self.fact(fd)?.inode.as_ref())
    }

    /// How deep the directory behind `fd` stands. Not deeper than allowed where that cannot be told: it is gone then.
    pub(super) fn depth_of(&mut self, fd: &Fd) -> FsResult<u64> {
        let moves = self.budget().moves();
        let known = self.fact(fd)?.depth;
        match known {
            // The root, or nothing has been moved since.
            Some((depth, at)) if at == moves || depth == 0 => return Ok(depth),
            _ => {}
        }
        let dir = Arc::clone(file_of(self.table.get(fd)?));
        let depth = self.walk_up(&dir);
        if let Some(fact) = self.ctx.facts.get_mut(fd) {
            fact.depth = Some((depth, moves));
        }
        Ok(depth)
    }

    fn walk_up(&self, dir: impl std::os::fd::AsFd) -> u64 {
        let most = self.budget().limits().depth.saturating_add(1);
        self.ctx
            .space
            .root_if_used()
            .and_then(|root| look::depth(root.as_fd(), dir.as_fd(), most))
            .unwrap_or(0)
    }

    /// How deep what `path` names stands, or would.
    pub(super) fn depth_at(&mut self, fd: &Fd, path: &str) -> FsResult<u64> {
        if self.budget().limits().depth == u64::MAX {
            return Ok(0);
        }
        let parts = paths::parts(path);
        let is_plain = parts <= 1 || !self.budget().has_links();
        if is_plain && !paths::goes_up(path) {
            return Ok(self.depth_of(fd)?.saturating_add(parts));
        }
        // It may lead elsewhere than it reads.
        let (parent, _) = path.trim_end_matches('/').rsplit_once('/').unwrap_or((".", path));
        let dir = file_of(self.table.get(fd)?);
        let options = cap_primitives::fs::OpenOptions::new().read(true).clone();
        match cap_primitives::fs::open(dir, Path::new(parent), &options) {
            Ok(parent) => Ok(self.walk_up(&parent).saturating_add(1)),
            // Then nothing will be made there.
            Err(_) => Ok(0),
        }
    }

    /// # Errors
    ///
    /// `quota` if what is to stand at `path` would stand too deep.
    pub(super) fn may_stand(&mut self, fd: &Fd, path: &str) -> FsResult<()> {
        let depth = self.depth_at(fd, path)?;
        Ok(self.budget().depth(depth)?)
    }

    /// What stands at `path`; `None` also where it cannot be looked at: nothing can be done to it then.
    pub(super) async fn look(&mut self, fd: &Fd, path: &str, follow: FollowSymlinks) -> Option<Found> {
        let dir = Arc::clone(file_of(self.table.get(fd).ok()?));
        let is_name = !path.contains('/') && path != "." && path != "..";
        let follow = match follow {
            FollowSymlinks::Yes if !self.budget().has_links() => FollowSymlinks::No,
            follow => follow,
        };
        let path = path.to_owned();
        let look = move || {
            if is_name && follow == FollowSymlinks::No {
                let stat = rustix::fs::statat(&*dir, &path, AtFlags::SYMLINK_NOFOLLOW).ok()?;
                return Some(Found::new(&stat));
            }
            let stat = cap_primitives::fs::stat(&dir, Path::new(&path), follow).ok()?;
            Some(Found {
                id: InodeId::new(stat.dev(), stat.ino()),
                kind: FileType::from_raw_mode(stat.mode()),
                names: stat.nlink(),
                size: stat.size(),
            })
        };
        if self.ctx.allow_blocking {
            return look();
        }
        tokio::task::spawn_blocking(look).await.ok().flatten()
    }

    /// A name is gone, and with the last name what stood there.
    pub(super) fn gone(&self, found: Option<Found>) {
        // Nobody but us changes names here, unless somebody on the host's side does.
        if !found.is_some_and(|found| self.budget().gone(&found)) {
            self.ctx.space.recount();
        }
    }

    /// Whether a directory that stands `from` deep may be moved to stand `to` deep, with all that is below it.
    pub(super) fn may_sink(&self, fd: &Fd, path: &str, from: u64, to: u64) -> FsResult<()> {
        let most = self.budget().limits().depth;
        if to <= from || most == u64::MAX {
            return Ok(());
        }
        let dir = file_of(self.table.get(fd)?);
        // By the way that the program names: there may be links on it.
        let height = match cap_primitives::fs::open_dir_nofollow(dir, Path::new(path.trim_end_matches('/'))) {
            Ok(moved) => look::height(moved.as_fd(), c".", most),
            // Then it cannot be moved either.
            Err(_) => 0,
        };
        Ok(self.budget().depth(to.saturating_add(height))?)
    }

    /// Opens what is in the space, and charges what is made by that. Nobody else may change names meanwhile.
    pub(super) async fn open_in_space(
        &mut self,
        fd: &Fd,
        path_flags: PathFlags,
        path: String,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
        change: Change,
    ) -> FsResult<Fd> {
        let budget = Arc::clone(self.budget());
        let truncates = open_flags.contains(OpenFlags::TRUNCATE);
        // Nothing that is made exclusively is made through a link.
        let follow = match path_flags.contains(PathFlags::SYMLINK_FOLLOW) && !open_flags.contains(OpenFlags::EXCLUSIVE)
        {
            true => FollowSymlinks::Yes,
            false => FollowSymlinks::No,
        };
        if !open_flags.contains(OpenFlags::CREATE) {
            let found = match truncates {
                true => self.look(fd, &path, follow).await,
                false => None,
            };
            let opened = self.open_as_it_is(fd, path_flags, path, open_flags, flags).await?;
            self.is_cut(found);
            return Ok(opened);
        }
        let entry = self.may_stand(fd, &path).and_then(|()| Ok(budget.entry()?));
        // Whether it was there is found out by the attempt to make it.
        let exclusive = open_flags | OpenFlags::EXCLUSIVE;
        let refused = match entry {
            // It stays charged if nobody waits for it any more: it may be made all the same.
            Ok(()) => {
                let made = self.open_as_it_is(fd, path_flags, path.clone(), exclusive, flags).await;
                if made.is_err() {
                    budget.entry_gone();
                }
                match made.map_err(|error| error.downcast()) {
                    Ok(opened) => {
                        self.count(&change);
                        self.made(change, true);
                        return Ok(opened);
                    }
                    Err(Ok(ErrorCode::Exist)) if exclusive != open_flags => {}
                    Err(Ok(code)) => return Err(code.into()),
                    Err(Err(trap)) => return Err(FsError::trap(trap)),
                }
                if !truncates && !budget.has_links() {
                    return self.open_as_it_is(fd, path_flags, path, open_flags, flags).await;
                }
                Ok(())
            }
            Err(refused) => Err(refused),
        };
        let found = self.look(fd, &path, follow).await;
        if let (Err(refused), None) = (refused, found) {
            return Err(refused);
        }
        if found.is_none() {
            // A link that leads to where nothing is yet.
            let target = self.led_to(fd, &path)?;
            self.may_stand(fd, &target)?;
            budget.entry()?;
        }
        let opened = self.open_as_it_is(fd, path_flags, path, open_flags, flags).await;
        match (&opened, found) {
            (Err(_), None) => budget.entry_gone(),
            (Ok(_), None) => self.count(&change),
            (Ok(_), Some(found)) if truncates => self.is_cut(Some(found)),
            _ => {}
        }
        opened
    }

    /// Where the link at `path` leads in the end, if it is one.
    fn led_to(&self, fd: &Fd, path: &str) -> FsResult<String> {
        let dir = file_of(self.table.get(fd)?);
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            let Ok(target) = cap_primitives::fs::read_link(dir, Path::new(&path)) else {
                return Ok(path);
            };
            let (parent, _) = path.trim_end_matches('/').rsplit_once('/').unwrap_or((".", ""));
            path = format!("{parent}/{}", target.to_str().ok_or(ErrorCode::IllegalByteSequence)?);
        }
        Err(ErrorCode::Loop.into())
    }

    fn is_cut(&self, found: Option<Found>) {
        if let Some(found) = found
            && found.kind == FileType::RegularFile
        {
            self.budget().cut(found.id, found.size);
        }
    }

    /// A file that was opened in the space is a holder of its inode.
    pub(super) fn hold(&mut self, opened: &Fd) -> FsResult<Option<OpenInode>> {
        let Descriptor::File(file) = self.table.get(opened)? else {
            return Ok(None);
        };
        let stat = rustix::fs::fstat(&*file.file).map_err(|errno| code(&errno.into()))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Ok(None);
        }
        let size = u64::try_from(stat.st_size).unwrap_or(0);
        Ok(Some(self.budget().opened(InodeId::of(&stat), size, &file.file)))
    }

    /// wasmtime-wasi has one code for all that it does not know: says which it is, for what is known here.
    pub(super) fn explained(&self, error: FsError) -> FsError {
        match error.downcast() {
            Ok(ErrorCode::Io) => self.explained_code().into(),
            Ok(code) => code.into(),
            Err(trap) => FsError::trap(trap),
        }
    }

    fn explained_code(&self) -> ErrorCode {
        // The error itself is lost: the same is tried on the host's own behalf.
        match self.ctx.space.lease().probe() {
            Ok(()) => ErrorCode::Io,
            Err(error) => match code(&error) {
                code @ (ErrorCode::Quota | ErrorCode::InsufficientMemory | ErrorCode::InsufficientSpace) => code,
                _ => ErrorCode::Io,
            },
        }
    }
}
