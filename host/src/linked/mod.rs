//! A provider component behind the program's imports, in the program's store.
//!
//! The host stands between the two: every call of the program goes through a proxy to the provider's export. So the
//! host knows for which handle the provider works, and after every drop and close it looks at every name that the
//! provider made for that handle. What is left it removes itself, before the drop returns, and reports a violation.

mod memory;
mod proxies;
mod settle;
mod world;

use std::fs::File;
use std::sync::Arc;

use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{AsContextMut, Engine, Store};

use crate::bindings::Provider;
use crate::error::LoadError;
use crate::ledger::HandleId;
use crate::view::ScratchView;

pub(crate) use self::proxies::add_to_linker;
pub(crate) use self::world::verify_exports;

/// A provider's instance, in the store of the program that uses it.
pub(crate) struct LinkedProvider {
    exports: Provider,
}

/// A call of the provider that is in progress.
#[derive(Debug)]
pub(crate) struct Call {
    /// Never used twice in an instance.
    pub(crate) number: u64,
    /// For which handle; `None` for the functions of `space` and for instantiation.
    pub(crate) handle: Option<HandleId>,
    /// Where this call may move what its handle owns.
    pub(crate) window: Option<Window>,
    /// Whether it is a drop or a close.
    pub(crate) is_ending: bool,
}

/// Where a `persist` goes.
#[derive(Debug)]
pub(crate) struct Window {
    /// The granted directory.
    pub(crate) dir: Arc<File>,
    /// The name in it.
    pub(crate) target: String,
}

/// A provider component, checked and ready to be instantiated beside programs. Clones share the code.
pub struct LinkedPre<T: 'static> {
    pre: InstancePre<T>,
    name: String,
}

impl<T: ScratchView> LinkedPre<T> {
    /// Checks that `component` exports the contract and wants no more than a provider may have. Whether its functions
    /// have the contract's signatures shows when it is first instantiated.
    ///
    /// `name` is for messages.
    ///
    /// # Errors
    ///
    /// [`LoadError::Export`] if it does not export both interfaces in the version [`CONTRACT_VERSION`](crate::CONTRACT_VERSION);
    /// [`LoadError::Wasi03`] and [`LoadError::Import`] if it wants what a provider does not get: it gets
    /// `wasi:filesystem` with its program's space as the only preopen, `wasi:io`, `wasi:clocks`, `wasi:random`, and of
    /// `wasi:cli` the standard streams, an environment that holds only `TMPDIR`, and an `exit` that traps.
    pub fn new(engine: &Engine, component: &Component, name: &str) -> Result<LinkedPre<T>, LoadError> {
        let ty = component.component_type();
        let exports: Vec<String> = ty.exports(engine).map(|(export, _)| export.to_owned()).collect();
        verify_exports(&exports, name)?;
        let mut linker = Linker::new(engine);
        world::add_to_linker(&mut linker).map_err(|error| LoadError::Compile {
            name: name.to_owned(),
            reason: format!("{error:#}"),
        })?;
        let pre = crate::runner::pre(engine, &linker, component, name)?;
        Ok(LinkedPre {
            pre,
            name: name.to_owned(),
        })
    }

    /// The name under which it was loaded.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Instantiates the provider in `store`, whose linker has the proxies of [`add_linked_to_linker_async`](crate::add_linked_to_linker_async).
    ///
    /// # Errors
    ///
    /// Whatever the provider's start functions do wrong.
    pub async fn instantiate(&self, store: &mut Store<T>) -> wasmtime::Result<()> {
        let mut store = store.as_context_mut();
        store.data_mut().scratch().ctx.begin_call(None, None);
        let instance = self.pre.instantiate_async(&mut store).await;
        store.data_mut().scratch().ctx.end_call();
        let exports = Provider::new(&mut store, &instance?)?;
        store.data_mut().scratch().ctx.linked = Some(Arc::new(LinkedProvider { exports }));
        settle::ownerless(&mut store, "instantiate").await;
        Ok(())
    }
}

impl<T: 'static> Clone for LinkedPre<T> {
    fn clone(&self) -> Self {
        LinkedPre {
            pre: self.pre.clone(),
            name: self.name.clone(),
        }
    }
}

impl<T: 'static> std::fmt::Debug for LinkedPre<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LinkedPre")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
