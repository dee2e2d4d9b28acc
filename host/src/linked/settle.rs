//! What the host does after a provider's call: look, remove what is left, write it down.

use std::fs::File;
use std::sync::Arc;

use wasmtime::StoreContextMut;

use crate::ledger::{End, HandleId, Kind, Outside};
use crate::remove;
use crate::report::Violation;
use crate::space::Shared;
use crate::view::ScratchView;

/// What a violation is called when something was left.
pub(super) const LEFT_BEHIND: &str = "left-behind";
/// When the provider trapped.
pub(super) const TRAPPED: &str = "trapped";
/// When the provider did not return in time.
pub(super) const TIMED_OUT: &str = "timed-out";

/// A handle has ended as `end` says, if the provider kept its word: looks at every name in its part of the ledger.
///
/// `failed` is what the provider did instead of returning.
pub(super) async fn ended<T: ScratchView>(
    store: &mut StoreContextMut<'_, T>,
    id: HandleId,
    kind: Kind,
    end: End,
    call: &'static str,
    failed: Option<&'static str>,
) {
    let left = left_over(store, |space| space.ledger().entries(id));
    let space = Arc::clone(&store.data_mut().scratch().ctx.space);
    if left.is_empty() && failed.is_none() {
        space.ledger().ended(id, end);
        return;
    }
    space.ledger().ended(id, End::ByHost);
    space.ledger().violated(Violation {
        resource: kind.resource(),
        call,
        kind: failed.unwrap_or(LEFT_BEHIND),
        entries: left.clone(),
    });
    remove_all(store, left).await;
}

/// A handle did not come to be: whatever was made for it has to be gone.
pub(super) async fn abandoned<T: ScratchView>(
    store: &mut StoreContextMut<'_, T>,
    id: HandleId,
    kind: Kind,
    call: &'static str,
) {
    let left = left_over(store, |space| space.ledger().abandoned(id));
    violation(store, kind.resource(), call, left).await;
}

/// A call that was made for no handle is over: whatever was made in it is nobody's.
pub(super) async fn ownerless<T: ScratchView>(store: &mut StoreContextMut<'_, T>, call: &'static str) {
    let left = left_over(store, |space| space.ledger().take_ownerless());
    violation(store, "provider", call, left).await;
}

/// A `persist` is over: of what the provider made beside the target, only the target may be left, and only if it
/// succeeded.
pub(super) async fn outside<T: ScratchView>(
    store: &mut StoreContextMut<'_, T>,
    id: HandleId,
    kind: Kind,
    target: &str,
    succeeded: bool,
) {
    let space = Arc::clone(&store.data_mut().scratch().ctx.space);
    let made = space.ledger().take_outside(id);
    let stays = |made: &Outside| made.name == target && (succeeded || made.whole);
    let left: Vec<Outside> = made
        .into_iter()
        .filter(|made| !stays(made) && remove::exists(&*made.dir, &made.name).unwrap_or(true))
        .collect();
    if left.is_empty() {
        return;
    }
    space.ledger().violated(Violation {
        resource: kind.resource(),
        call: "persist",
        kind: LEFT_BEHIND,
        entries: left.iter().map(|made| made.name.clone()).collect(),
    });
    blocking(store, move || {
        for made in left {
            // The trash of a granted directory is that directory: what is removed here is a copy that nobody knows.
            remove::remove(&*made.dir, &made.name, &*made.dir);
        }
    })
    .await;
}

async fn violation<T: ScratchView>(
    store: &mut StoreContextMut<'_, T>,
    resource: &'static str,
    call: &'static str,
    left: Vec<String>,
) {
    if left.is_empty() {
        return;
    }
    let space = Arc::clone(&store.data_mut().scratch().ctx.space);
    space.ledger().violated(Violation {
        resource,
        call,
        kind: LEFT_BEHIND,
        entries: left.clone(),
    });
    remove_all(store, left).await;
}

/// Those of the names that still stand. One `fstatat` for each, on this thread: it takes a microsecond.
fn left_over<T: ScratchView>(
    store: &mut StoreContextMut<'_, T>,
    entries: impl FnOnce(&Shared) -> Vec<String>,
) -> Vec<String> {
    let space = &store.data_mut().scratch().ctx.space;
    let mut entries = entries(space);
    if !entries.is_empty() {
        let root: Option<Arc<File>> = space.root_if_used();
        // What cannot be looked at is treated as left: the removal finds out.
        entries.retain(|path| {
            root.as_ref()
                .is_some_and(|root| remove::exists(root, path).unwrap_or(true))
        });
    }
    entries
}

async fn remove_all<T: ScratchView>(store: &mut StoreContextMut<'_, T>, paths: Vec<String>) {
    let space = Arc::clone(&store.data_mut().scratch().ctx.space);
    blocking(store, move || {
        for path in paths {
            // What refuses to go is met again, and reported, at the end of the space.
            space.remove_path(&path);
        }
    })
    .await;
}

/// Runs `work` on this thread where that is allowed, and off it otherwise.
async fn blocking<T: ScratchView>(store: &mut StoreContextMut<'_, T>, work: impl FnOnce() + Send + 'static) {
    if store.data_mut().scratch().ctx.allow_blocking {
        work();
    } else if let Err(failed) = tokio::task::spawn_blocking(work).await
        && let Ok(panic) = failed.try_into_panic()
    {
        std::panic::resume_unwind(panic);
    }
}
