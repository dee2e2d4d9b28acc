//! An embedding with a store of its own, in which a program may hold as many handles as it likes: wasmtime's default is 100,000
//! of all components together, and a provider has some, too.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};
use wasmtime_scratch::{
    Base, GUEST_PROVIDER, Limits, LinkedPre, ScratchCtx, add_linked_to_linker_async, add_to_linker_async, compose,
};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

use crate::bench::printed;
use crate::ours::Provided;
use crate::store::State;

/// More than anybody holds here.
const HANDLES: usize = 1 << 20;

/// A program that was compiled once, and who provides for it.
pub(crate) struct Embedded {
    base: Base,
    engine: Engine,
    program: CommandPre<State>,
    provider: Option<LinkedPre<State>>,
}

impl Embedded {
    pub(crate) fn new(base: &Path, path: &str, provided: Provided) -> Result<Embedded> {
        let engine = Engine::default();
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        let mut program = fs::read(path)?;
        let mut provider = None;
        match provided {
            Provided::Native => add_to_linker_async(&mut linker)?,
            Provided::Linked => {
                add_linked_to_linker_async(&mut linker)?;
                let component = Component::new(&engine, GUEST_PROVIDER)?;
                provider = Some(LinkedPre::new(&engine, &component, "guest")?);
            }
            Provided::Composed => program = compose(path, &program, "guest", GUEST_PROVIDER)?,
        }
        let program = Component::new(&engine, &program)?;
        Ok(Embedded {
            base: Base::open(base)?,
            program: CommandPre::new(linker.instantiate_pre(&program)?)?,
            provider,
            engine,
        })
    }

    /// What it prints if it measures itself.
    pub(crate) async fn number(&self, args: &[&str]) -> Result<f64> {
        let space = self.base.space_within(None, Limits::RUN);
        let stdout = MemoryOutputPipe::new(1 << 10);
        let mut wasi = WasiCtx::builder();
        wasi.allow_blocking_current_thread(true)
            .args(args)
            .env("TMPDIR", "/tmp")
            .stdout(stdout.clone())
            .inherit_stderr();
        let mut wasi = wasi.build();
        let mut scratch = ScratchCtx::builder(&space);
        let scratch = scratch.allow_blocking_current_thread(true).build(&mut wasi);
        let mut store = Store::new(&self.engine, State::new((), wasi, scratch));
        store.set_max_component_handles(HANDLES);
        if let Some(provider) = &self.provider {
            provider.instantiate(&mut store).await?;
        }
        let command = self.program.instantiate_async(&mut store).await?;
        let ended = command.wasi_cli_run().call_run(&mut store).await?;
        ensure!(ended.is_ok(), "it failed");
        drop(store);
        let report = space.end_async().await;
        ensure!(report.is_clean(), "{report}");
        printed(&stdout)
    }
}
