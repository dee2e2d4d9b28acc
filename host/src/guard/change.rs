//! What is made, moved and taken away: whether it may be, and what the ledger has to know of it.

use std::sync::Arc;

use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::FsResult;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

use super::facts::Place;
use super::outside::WindowName;
use super::{Guard, Side, file_of, paths};
use crate::ledger::HandleId;

/// An entry that is about to be made, moved or taken away, as the ledger knows it.
pub(super) enum Change {
    /// In the space. The path is `None` where the ledger does not need it: for what a program does.
    Space(Option<String>),
    /// In the granted directory of a `persist`, directly, by the provider in that call.
    Outside(WindowName),
    /// Elsewhere in a granted directory.
    Granted,
}

impl Guard<'_> {
    pub(super) fn is_provider(&self) -> bool {
        self.side == Side::Provider
    }

    /// What the ledger calls `path` below `descriptor`.
    ///
    /// # Errors
    ///
    /// `not-permitted` for a provider's path that goes up: lexically nobody could tell where it leads. `no-entry` below a
    /// directory that a provider has moved.
    pub(super) fn change(&mut self, descriptor: &Resource<Descriptor>, path: &str) -> FsResult<Change> {
        let is_provider = self.is_provider();
        let place = &self.fact(descriptor)?.place;
        if is_provider && paths::goes_up(path) {
            return Err(ErrorCode::NotPermitted.into());
        }
        match place {
            Place::Space(Some(dir)) if is_provider => Ok(Change::Space(paths::join(dir, path))),
            Place::Space(_) => Ok(Change::Space(None)),
            Place::Moved if is_provider => Err(ErrorCode::NoEntry.into()),
            Place::Moved => Ok(Change::Space(None)),
            Place::Granted | Place::Lent(_) => Ok(self.outside(descriptor, path)?.unwrap_or(Change::Granted)),
        }
    }

    /// Where what is opened by this change leads.
    pub(super) fn place_of(&self, change: &Change) -> Place {
        match change {
            Change::Space(path) => Place::Space(path.clone()),
            Change::Outside(_) | Change::Granted => match &self.ctx.call {
                Some(call) if self.is_provider() => Place::Lent(call.number),
                _ => Place::Granted,
            },
        }
    }

    fn outside(&self, descriptor: &Resource<Descriptor>, path: &str) -> FsResult<Option<Change>> {
        let window = self.ctx.call.as_ref().and_then(|call| call.window.as_ref());
        let (Some(window), Some(name), true) = (window, paths::single(path), self.is_provider()) else {
            return Ok(None);
        };
        let dir = file_of(self.table.get(descriptor)?);
        Ok(Arc::ptr_eq(&window.dir, dir).then(|| {
            Change::Outside(WindowName {
                dir: Arc::clone(dir),
                name: name.to_owned(),
            })
        }))
    }

    /// Whether something may be moved or linked from one place to the other.
    ///
    /// # Errors
    ///
    /// `cross-device` across the space's border, but for what the handle of a `persist` owns, into its parent.
    /// `not-permitted` for a provider that moves what belongs to another handle: that handle's drop would find it gone.
    pub(super) fn may_move(&self, from: &Change, to: &Change) -> FsResult<()> {
        let ledger = self.ctx.space.ledger();
        match (from, to) {
            (Change::Space(Some(path)), Change::Space(_)) => match ledger.is_others(self.owner(), path) {
                true => Err(ErrorCode::NotPermitted.into()),
                false => Ok(()),
            },
            (Change::Space(None), Change::Space(_)) => Ok(()),
            (Change::Space(Some(path)), Change::Outside(_))
                if self.owner().is_some_and(|owner| ledger.owns(owner, path)) =>
            {
                Ok(())
            }
            (Change::Space(_), _) | (_, Change::Space(_)) => Err(ErrorCode::CrossDevice.into()),
            _ => Ok(()),
        }
    }

    /// Writes down what a provider made in the space.
    pub(super) fn made(&mut self, change: Change, succeeded: bool) {
        match change {
            // The root itself belongs to nobody.
            Change::Space(Some(path)) if succeeded && !path.is_empty() => {
                self.ctx.space.ledger().made(self.owner(), path);
            }
            _ => {}
        }
    }

    /// Counts what the program itself made in its space; what a provider makes is counted by its handles.
    pub(super) fn count(&self, change: &Change) {
        if matches!(change, Change::Space(_)) && !self.is_provider() {
            self.ctx.space.budget().record_made_by_path();
        }
    }

    /// Writes down what a provider took away.
    pub(super) fn unmade(&mut self, change: &Change) {
        match (change, self.owner()) {
            (Change::Space(Some(path)), owner) => self.ctx.space.ledger().unmade(owner, path),
            (Change::Outside(WindowName { dir, name }), Some(owner)) => {
                self.ctx.space.ledger().forget_outside(owner, dir, name);
            }
            _ => {}
        }
    }

    /// Writes down what a provider moved away.
    pub(super) fn moved(&mut self, change: &Change) {
        self.unmade(change);
        if let Change::Space(Some(path)) = change {
            self.ctx.facts.moved(path);
        }
    }

    /// The handle for which the provider works.
    pub(super) fn owner(&self) -> Option<HandleId> {
        self.ctx.call.as_ref().and_then(|call| call.handle)
    }
}
