//! What the host does after a provider's call: look, remove what is left, write it down.

use std::sync::Arc;

use wasmtime::StoreContextMut;

use crate::ledger::{End, HandleId, Kind, Outside};
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
    let owned = store.data_mut().scratch().ctx.space.ledger().entries(id);
    let left = clear(store, owned).await;
    let space = &store.data_mut().scratch().ctx.space;
    tracing::trace!(label = space.label_text(), resource = kind.resource(), call, "ended");
    let mut ledger = space.ledger();
    match (failed, end) {
        // Cut short through no fault of the provider's.
        (None, End::ByHost) => ledger.ended(id, End::ByHost),
        (None, end) if left.is_empty() => ledger.ended(id, end),
        (failed, _) => {
            ledger.ended(id, End::ByHost);
            drop(ledger);
            violated(space, kind.resource(), call, failed.unwrap_or(LEFT_BEHIND), left);
        }
    }
}

fn violated(space: &Shared, resource: &'static str, call: &'static str, kind: &'static str, entries: Vec<String>) {
    tracing::warn!(
        label = space.label_text(),
        resource,
        call,
        kind,
        entries = entries.len(),
        "violation"
    );
    space.ledger().violated(Violation {
        resource,
        call,
        kind,
        entries,
    });
}

/// A handle did not come to be: whatever was made for it has to be gone.
pub(super) async fn abandoned<T: ScratchView>(
    store: &mut StoreContextMut<'_, T>,
    id: HandleId,
    kind: Kind,
    call: &'static str,
) {
    let made = store.data_mut().scratch().ctx.space.ledger().abandoned(id);
    let left = clear(store, made).await;
    violation(store, kind.resource(), call, left);
}

/// A call that was made for no handle is over: whatever was made in it is nobody's.
pub(super) async fn ownerless<T: ScratchView>(store: &mut StoreContextMut<'_, T>, call: &'static str) {
    let made = store.data_mut().scratch().ctx.space.ledger().take_ownerless();
    let left = clear(store, made).await;
    violation(store, "provider", call, left);
}

/// Counts the symbolic links in the directory of a handle that is about to be persisted in a granted directory. They do not
/// leave the space: the guard refuses to move a directory that has any.
pub(super) async fn links<T: ScratchView>(store: &mut StoreContextMut<'_, T>, id: HandleId, kind: Kind) -> u64 {
    let space = &store.data_mut().scratch().ctx.space;
    let Some(place) = space.ledger().place(id).filter(|_| kind == Kind::Directory) else {
        return 0;
    };
    blocking(store, move |space| space.links(&place)).await
}

/// A `persist` is over: of what the provider made beside the target, only the target may be left, and only if it
/// succeeded or came there whole.
pub(super) async fn outside<T: ScratchView>(
    store: &mut StoreContextMut<'_, T>,
    id: HandleId,
    kind: Kind,
    succeeded: bool,
) {
    let made = store.data_mut().scratch().ctx.space.ledger().take_outside(id);
    let passing: Vec<Outside> = made.into_iter().filter(|made| !made.stays(succeeded)).collect();
    if passing.is_empty() {
        return;
    }
    let left = blocking(store, move |space| space.withdraw(passing)).await;
    violation(store, kind.resource(), "persist", left);
}

fn violation<T: ScratchView>(
    store: &mut StoreContextMut<'_, T>,
    resource: &'static str,
    call: &'static str,
    left: Vec<String>,
) {
    if !left.is_empty() {
        violated(&store.data_mut().scratch().ctx.space, resource, call, LEFT_BEHIND, left);
    }
}

/// So many names are looked at on this thread: a look takes a microsecond, and a provider rarely makes more than two.
const FEW: usize = 16;

/// Removes those of the names that still stand, and says which they were.
async fn clear<T: ScratchView>(store: &mut StoreContextMut<'_, T>, paths: Vec<String>) -> Vec<String> {
    let space = &store.data_mut().scratch().ctx.space;
    if paths.is_empty() || paths.len() <= FEW && !space.may_stand(&paths) {
        return Vec::new();
    }
    blocking(store, move |space| space.clear(paths)).await
}

/// Runs `work` on this thread where that is allowed, and off it otherwise.
async fn blocking<T: ScratchView, R: Default + Send + 'static>(
    store: &mut StoreContextMut<'_, T>,
    work: impl FnOnce(&Shared) -> R + Send + 'static,
) -> R {
    let ctx = store.data_mut().scratch().ctx;
    let space = Arc::clone(&ctx.space);
    if ctx.allow_blocking {
        return work(&space);
    }
    match tokio::task::spawn_blocking(move || work(&space)).await {
        Ok(left) => left,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is being shut down, and with it this program: the end of the space removes everything.
            Err(_) => R::default(),
        },
    }
}
