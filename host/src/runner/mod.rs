//! Runs command components: instantiate, limits, deadline, outcome.
//!
//! The order at the end is fixed: the store goes first, the owner of the space ends it then, and the report comes last.

mod command;
mod invoke;
mod load;
mod module;
mod outcome;

use std::time::{Duration, Instant};

use wasmtime::component::{InstancePre, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store, StoreLimits};
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi::{I32Exit, WasiCtx, WasiCtxView, WasiView};

pub use self::command::Command;
pub use self::load::Program;
pub(crate) use self::load::pre;
pub use self::outcome::{Outcome, RunReport};
use crate::ctx::ScratchCtx;
use crate::error::{LoadError, RunError};
use crate::linked::{self, LinkedPre};
use crate::space::Space;
use crate::view::{ScratchCtxView, ScratchView};

/// How often a running program lets the executor look at its deadline, at signals and at its other tasks.
///
/// Ten times in the tenth of a second that a person notices; each tick costs the program about a microsecond.
const TICK: Duration = Duration::from_millis(10);

/// The data of the runner's stores.
pub struct State {
    wasi: WasiCtx,
    scratch: ScratchCtx,
    table: ResourceTable,
    limits: StoreLimits,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl ScratchView for State {
    fn scratch(&mut self) -> ScratchCtxView<'_> {
        ScratchCtxView {
            ctx: &mut self.scratch,
            table: &mut self.table,
        }
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("scratch", &self.scratch)
            .finish_non_exhaustive()
    }
}

/// An engine, and a linker with WASI 0.2 and `scratch:tempfile`.
pub struct Runner {
    engine: Engine,
    linker: Linker<State>,
    counts_fuel: bool,
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").finish_non_exhaustive()
    }
}

impl Runner {
    /// A runner; `count_fuel` is needed for programs that run with [`Command::fuel`], and makes all a little slower.
    ///
    /// Starts a thread that ends with the runner.
    ///
    /// # Errors
    ///
    /// If the machine cannot run wasmtime.
    pub fn new(count_fuel: bool) -> wasmtime::Result<Runner> {
        let mut config = Config::new();
        config.wasm_component_model(true);
        config.epoch_interruption(true);
        config.consume_fuel(count_fuel);
        let engine = Engine::new(&config)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        linked::add_to_linker(&mut linker)?;
        let ticking = engine.weak();
        std::thread::Builder::new()
            .name("scratch-epochs".to_owned())
            .spawn(move || {
                while let Some(engine) = ticking.upgrade() {
                    engine.increment_epoch();
                    drop(engine);
                    std::thread::sleep(TICK);
                }
            })?;
        Ok(Runner {
            engine,
            linker,
            counts_fuel: count_fuel,
        })
    }

    /// A program from the bytes of a component, of a WASI p1 command module, or of Wasm text. `name` is for messages.
    ///
    /// # Errors
    ///
    /// A [`LoadError`] that says what is wrong with the bytes, or which import nobody provides.
    pub fn program(&self, name: &str, bytes: &[u8]) -> Result<Program, LoadError> {
        Program::load(&self.engine, &self.linker, name, bytes)
    }

    /// A provider from the bytes of a component. `name` is for messages.
    ///
    /// # Errors
    ///
    /// As [`LinkedPre::new`], and a [`LoadError`] that says what is wrong with the bytes.
    pub fn provider(&self, name: &str, bytes: &[u8]) -> Result<LinkedPre<State>, LoadError> {
        let component = load::component(&self.engine, name, bytes)?;
        LinkedPre::new(&self.engine, &component, name)
    }

    /// Runs `program` with `command`'s settings and its temporary files in `space`.
    ///
    /// The store is gone when this returns, or when its future is dropped: end the space then. The provider is
    /// instantiated only for a program that imports `scratch:tempfile`.
    ///
    /// # Errors
    ///
    /// A [`RunError`] if the program could not be started. How it ended once it ran is an [`Outcome`].
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with its timer enabled.
    pub async fn run(
        &self,
        program: &Program,
        provider: &LinkedPre<State>,
        command: Command,
        space: &Space,
    ) -> Result<Outcome, RunError> {
        let started = Instant::now();
        let timeout = command.timeout;
        let Some(timeout) = timeout else {
            return self.run_to_end(program, provider, command, space).await;
        };
        // The deadline counts from here on, the instantiation included.
        match tokio::time::timeout(timeout, self.run_to_end(program, provider, command, space)).await {
            Ok(outcome) => outcome,
            Err(_) => Ok(Outcome::Deadline {
                after: started.elapsed().max(timeout),
            }),
        }
    }

    async fn run_to_end(
        &self,
        program: &Program,
        provider: &LinkedPre<State>,
        command: Command,
        space: &Space,
    ) -> Result<Outcome, RunError> {
        if command.fuel.is_some() && !self.counts_fuel {
            return Err(RunError::Setting(
                "fuel was set for a runner that does not count it".to_owned(),
            ));
        }
        let invoke = command.invoke.clone();
        let fuel = command.fuel;
        let state = command.state(space)?;
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.limits);
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        if self.counts_fuel {
            store
                .set_fuel(fuel.unwrap_or(u64::MAX))
                .map_err(|error| RunError::Setting(error.to_string()))?;
        }
        if program.wants_scratch() {
            provider
                .instantiate(&mut store)
                .await
                .map_err(|error| RunError::Instantiate {
                    name: provider.name().to_owned(),
                    reason: outcome::one_line(&error),
                })?;
        }
        match invoke {
            None => self.run_command(program, &mut store).await,
            Some(call) => invoke::run(&self.engine, program, &mut store, &call).await,
        }
    }

    async fn run_command(&self, program: &Program, store: &mut Store<State>) -> Result<Outcome, RunError> {
        let pre: InstancePre<State> = program.pre().clone();
        let pre = CommandPre::new(pre).map_err(|error| RunError::Instantiate {
            name: program.name().to_owned(),
            reason: outcome::one_line(&error),
        })?;
        let command = match pre.instantiate_async(&mut *store).await {
            Ok(command) => command,
            Err(error) => return Ok(ended(error)),
        };
        Ok(match command.wasi_cli_run().call_run(&mut *store).await {
            Ok(Ok(())) => Outcome::Exit { code: 0 },
            Ok(Err(())) => Outcome::Exit { code: 1 },
            Err(error) => ended(error),
        })
    }
}

/// What an error that came out of a program means.
fn ended(error: wasmtime::Error) -> Outcome {
    match error.downcast_ref::<I32Exit>() {
        Some(I32Exit(code)) => Outcome::Exit { code: *code },
        None => Outcome::trap(&error),
    }
}
