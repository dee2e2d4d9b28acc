//! Whether a directory's handle is still there, as its children see it.

use std::cell::Cell;
use std::rc::Rc;

use crate::bindings::wasi::filesystem::types::ErrorCode;

/// A directory's life, shared with its children. It ends with the handle, or with that of a directory around it.
#[derive(Debug)]
pub(crate) struct Node {
    alive: Cell<bool>,
    parent: Option<Rc<Node>>,
}

impl Node {
    pub(crate) fn new(parent: Option<Rc<Node>>) -> Rc<Self> {
        Rc::new(Self {
            alive: Cell::new(true),
            parent,
        })
    }

    /// # Errors
    ///
    /// `no-entry` if this directory or one around it is gone.
    pub(crate) fn check(&self) -> Result<(), ErrorCode> {
        let mut node = Some(self);
        while let Some(current) = node {
            if !current.alive.get() {
                return Err(ErrorCode::NoEntry);
            }
            node = current.parent.as_deref();
        }
        Ok(())
    }

    pub(crate) fn end(&self) {
        self.alive.set(false);
    }
}
