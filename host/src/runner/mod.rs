//! Runs command components: instantiate, limits, deadline, outcome.
//!
//! The order at the end is fixed: the store goes first, the owner of the space ends it then, and the report comes last.

mod command;
mod invoke;
mod load;
mod module;
mod outcome;
mod provider;

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::component::{Linker, ResourceTable};
use wasmtime::{Config, Engine, Store, StoreLimits};
use wasmtime_wasi::{I32Exit, WasiCtx, WasiCtxView, WasiView};

pub use self::command::Command;
pub use self::load::Program;
use self::load::Ready;
pub(crate) use self::load::{Modules, binary, pre};
pub use self::outcome::{Outcome, RunReport};
pub use self::provider::Provider;
use crate::ctx::ScratchCtx;
use crate::error::{LoadError, RunError};
use crate::linked::LinkedPre;
use crate::linker::{add_linked_to_linker_async, add_to_linker_async};
use crate::space::{Shared, Space};
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

/// An engine, and linkers with WASI 0.2 and `scratch:tempfile`.
pub struct Runner {
    engine: Engine,
    linkers: Linkers,
    counts_fuel: bool,
}

/// For programs whose provider is the host, and for those that have a component for one.
struct Linkers {
    native: Linker<State>,
    linked: Linker<State>,
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").finish_non_exhaustive()
    }
}

impl Runner {
    /// A runner with wasmtime's defaults.
    ///
    /// # Errors
    ///
    /// If the machine cannot run wasmtime.
    pub fn new() -> wasmtime::Result<Runner> {
        Runner::with_config(Config::new())
    }

    /// A runner with settings of its own, such as the pooling allocator, or [`Config::consume_fuel`], which
    /// [`Command::fuel`] needs. The component model and epoch interruption are switched on.
    ///
    /// Starts a thread that ends with the engine.
    ///
    /// # Errors
    ///
    /// If the settings do not go together, or the machine cannot run wasmtime.
    pub fn with_config(mut config: Config) -> wasmtime::Result<Runner> {
        config.wasm_component_model(true);
        config.epoch_interruption(true);
        let engine = Engine::new(&config)?;
        let mut native = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut native)?;
        let mut linked = native.clone();
        add_to_linker_async(&mut native)?;
        add_linked_to_linker_async(&mut linked)?;
        let ticking = engine.weak();
        std::thread::Builder::new()
            .name("scratch-epochs".to_owned())
            .spawn(move || {
                while let Some(engine) = ticking.upgrade() {
                    engine.increment_epoch();
                    drop(engine);
                    std::thread::sleep(TICK);
                }
            })
            .map_err(|error| wasmtime::Error::new(error).context("failed to start a thread"))?;
        // Asked once: where it does not, the answer is an error with a backtrace, which costs more than a space does.
        let counts_fuel = Store::new(&engine, ()).get_fuel().is_ok();
        Ok(Runner {
            engine,
            linkers: Linkers { native, linked },
            counts_fuel,
        })
    }

    /// A program from the bytes of a component, of a WASI p1 command module, or of Wasm text. `name` is for messages.
    ///
    /// # Errors
    ///
    /// A [`LoadError`] that says what is wrong with the bytes, or which import nobody provides.
    pub fn program(&self, name: &str, bytes: &[u8]) -> Result<Program, LoadError> {
        Program::load(&self.engine, &self.linkers, name, bytes)
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
    /// The store is gone when this returns, or when its future is dropped: end the space then. The `provider` matters only to
    /// a program that [imports `scratch:tempfile`](Program::wants_scratch).
    ///
    /// The [deadline](Command::timeout) is met where the program lets go of the thread, at the latest after 10 ms of its own
    /// code. A call that [blocks the thread](Command::allow_blocking_current_thread) delays it.
    ///
    /// # Errors
    ///
    /// A [`RunError`] if the program could not be started. How it ended once it ran is an [`Outcome`].
    ///
    /// # Panics
    ///
    /// The future, outside of a tokio runtime with its timer enabled.
    pub fn run(
        &self,
        program: &Program,
        provider: &Provider,
        command: Command,
        space: &Space,
    ) -> impl Future<Output = Result<Outcome, RunError>> + Send + use<> {
        let (engine, program) = (self.engine.clone(), program.clone());
        let (provider, space) = (provider.clone(), Arc::clone(space.shared()));
        let counts_fuel = self.counts_fuel;
        async move {
            let started = Instant::now();
            let timeout = command.timeout;
            let run = run_to_end(&engine, &program, provider, command, space, counts_fuel);
            let Some(timeout) = timeout else {
                return run.await;
            };
            // The deadline counts from here on, the instantiation included.
            match tokio::time::timeout(timeout, run).await {
                Ok(outcome) => outcome,
                Err(_) => Ok(Outcome::Deadline {
                    after: started.elapsed().max(timeout),
                }),
            }
        }
    }
}

async fn run_to_end(
    engine: &Engine,
    program: &Program,
    provider: Provider,
    command: Command,
    space: Arc<Shared>,
    counts_fuel: bool,
) -> Result<Outcome, RunError> {
    let invoke = command.invoke.clone();
    let fuel = command.fuel;
    let mut store = Store::new(engine, command.state(space)?);
    store.limiter(|state| &mut state.limits);
    store.set_epoch_deadline(1);
    store.epoch_deadline_async_yield_and_update(1);
    if fuel.is_some() || counts_fuel {
        store
            .set_fuel(fuel.unwrap_or(u64::MAX))
            .map_err(|error| RunError::Setting(error.to_string()))?;
    }
    if let (Provider::Linked(provider), true) = (&provider, program.wants_scratch()) {
        provider
            .instantiate(&mut store)
            .await
            .map_err(|error| RunError::Instantiate {
                name: provider.name().to_owned(),
                reason: outcome::one_line(&error),
            })?;
    }
    match invoke {
        None => run_command(program.ready(&provider), &mut store, program.name()).await,
        Some(call) => invoke::run(engine, program.ready(&provider), &mut store, &call).await,
    }
}

async fn run_command(ready: &Ready, store: &mut Store<State>, name: &str) -> Result<Outcome, RunError> {
    let pre = ready.command(name).map_err(|error| RunError::Instantiate {
        name: name.to_owned(),
        reason: error.to_string(),
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

/// What an error that came out of a program means.
fn ended(error: wasmtime::Error) -> Outcome {
    match error.downcast_ref::<I32Exit>() {
        Some(I32Exit(code)) => Outcome::Exit { code: *code },
        None => Outcome::trap(&error),
    }
}
