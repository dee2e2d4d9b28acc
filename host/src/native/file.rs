//! Temporary files: a handle, what it holds, and where it was made.

use std::sync::{Arc, Mutex, PoisonError};

use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

use super::Failed;
use super::directory::{Home, Node};
use super::names::Pattern;
use super::storage::Content;
use crate::ledger::Counted;
use crate::space::Shared;

/// What a program's `temporary-file` stands for.
#[derive(Debug)]
pub(super) struct TemporaryFile {
    pub(super) body: Arc<Body>,
    pub(super) counted: Counted,
}

/// A file as its handle and the directory that it was made in know it.
#[derive(Debug)]
pub(super) struct Body {
    /// `None` when it is detached.
    content: Mutex<Option<Arc<Content>>>,
    /// Forgets it in the directory that it was made in.
    home: Home,
}

impl Body {
    /// A new file in `parent`, or in the space itself, that stays in memory up to `most` bytes. The errors are those of
    /// [`Content::new`].
    pub(super) fn create(
        space: &Arc<Shared>,
        parent: Option<&Arc<Node>>,
        pattern: Pattern,
        most: u64,
    ) -> Result<Arc<Body>, Failed> {
        let content = Content::new(space, parent.cloned(), pattern, most)?;
        let body = Arc::new(Body {
            content: Mutex::new(Some(Arc::new(content))),
            home: Home::new(parent),
        });
        body.home.record_file(&body);
        Ok(body)
    }

    /// # Errors
    ///
    /// `no-entry` when it is detached.
    pub(super) fn content(&self) -> Result<Arc<Content>, Failed> {
        let content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        content.clone().ok_or(Failed::Code(ErrorCode::NoEntry))
    }

    /// Detaches it: what it held is not its any more.
    pub(super) fn take(&self) -> Option<Arc<Content>> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
