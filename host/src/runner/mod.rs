//! Runs command components: instantiate, limits, deadline, outcome.
//!
//! The order at the end is fixed: the store goes first, the owner of the space ends it then, and the report comes last.

mod command;
mod invoke;
mod load;
mod module;
mod outcome;
mod provider;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store, StoreLimits, Trap, WasmCoreDump};
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
use crate::outline::Outline;
use crate::space::{Shared, Space};
use crate::view::{ScratchCtxView, ScratchView};

pub use wasmtime_wasi::p2::bindings::LinkOptions;

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
    options: LinkOptions,
    /// For programs whose provider is the host.
    native: Linker<State>,
    /// For programs that have a component for a provider. Made when one first runs.
    linked: OnceLock<Linker<State>>,
    counts_fuel: bool,
    traps_unknown_imports: bool,
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
    pub fn with_config(config: Config) -> wasmtime::Result<Runner> {
        Runner::with_options(config, &LinkOptions::default())
    }

    /// As [`with_config`](Runner::with_config), with a choice of the functions of WASI 0.2 that are not stable yet.
    ///
    /// # Errors
    ///
    /// As [`with_config`](Runner::with_config).
    pub fn with_options(mut config: Config, options: &LinkOptions) -> wasmtime::Result<Runner> {
        config.wasm_component_model(true);
        config.epoch_interruption(true);
        let engine = Engine::new(&config)?;
        let mut native = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_with_options_async(&mut native, options)?;
        add_to_linker_async(&mut native)?;
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
            options: options.clone(),
            native,
            linked: OnceLock::new(),
            counts_fuel,
            traps_unknown_imports: false,
        })
    }

    /// Lets programs import what nobody provides: a call of it traps.
    pub fn trap_unknown_imports(&mut self, trap: bool) -> &mut Self {
        self.traps_unknown_imports = trap;
        self
    }

    /// The linker for programs that have a component for a provider.
    fn linked(&self) -> wasmtime::Result<&Linker<State>> {
        if let Some(linked) = self.linked.get() {
            return Ok(linked);
        }
        let mut linked = Linker::new(&self.engine);
        wasmtime_wasi::p2::add_to_linker_with_options_async(&mut linked, &self.options)?;
        add_linked_to_linker_async(&mut linked)?;
        Ok(self.linked.get_or_init(|| linked))
    }

    /// The engine, for code that is [compiled](Runner::compiled) elsewhere.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// A program from the bytes of a component, of a WASI p1 command module, or of Wasm text. `name` is for messages.
    ///
    /// # Errors
    ///
    /// A [`LoadError`] that says what is wrong with the bytes, or which import nobody provides.
    pub fn program(&self, name: &str, bytes: &[u8]) -> Result<Program, LoadError> {
        let binary = load::binary(name, bytes, Modules::WithExitCodes)?;
        let outline = Outline::of(&binary);
        let component = load::compile(&self.engine, name, &binary, &outline)?;
        Program::new(self, name, &component, &outline)
    }

    /// The compiled code of a program, for [`Component::deserialize`](wasmtime::component::Component::deserialize) with an
    /// [engine](Runner::engine) of the same settings. `name` is for messages.
    ///
    /// # Errors
    ///
    /// A [`LoadError`] that says what is wrong with the bytes.
    pub fn precompile(&self, name: &str, bytes: &[u8]) -> Result<Vec<u8>, LoadError> {
        let binary = load::binary(name, bytes, Modules::WithExitCodes)?;
        load::precompile(&self.engine, name, &binary, &Outline::of(&binary))
    }

    /// A program that is compiled already, with this runner's [engine](Runner::engine). `name` is for messages.
    ///
    /// Whether a provider was [composed into it](Program::is_composed) cannot be told from compiled code.
    ///
    /// # Errors
    ///
    /// A [`LoadError`] that says which import nobody provides.
    pub fn compiled(&self, name: &str, component: &Component) -> Result<Program, LoadError> {
        let outline = Outline::of_compiled(&self.engine, component);
        Program::new(self, name, component, &outline)
    }

    /// A provider from the bytes of a component. `name` is for messages.
    ///
    /// # Errors
    ///
    /// As [`LinkedPre::new`], and a [`LoadError`] that says what is wrong with the bytes.
    pub fn provider(&self, name: &str, bytes: &[u8]) -> Result<LinkedPre<State>, LoadError> {
        let binary = load::binary(name, bytes, Modules::WithExitCodes)?;
        let component = load::compile(&self.engine, name, &binary, &Outline::of(&binary))?;
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
        let ready = program.ready(self, &provider);
        async move {
            let started = Instant::now();
            let timeout = command.timeout;
            let run = run_to_end(&engine, &program, ready, provider, command, space, counts_fuel);
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
    ready: Result<Ready, LoadError>,
    provider: Provider,
    command: Command,
    space: Arc<Shared>,
    counts_fuel: bool,
) -> Result<Outcome, RunError> {
    let ready = ready.map_err(|error| RunError::Instantiate {
        name: program.name().to_owned(),
        reason: error.to_string(),
    })?;
    let invoke = command.invoke.clone();
    let coredump = command.coredump.clone();
    let fuel = command.fuel;
    let (hostcall_fuel, handles) = (command.hostcall_fuel, command.max_component_handles);
    let mut store = Store::new(engine, command.state(space)?);
    store.limiter(|state| &mut state.limits);
    if let Some(fuel) = hostcall_fuel {
        store.set_hostcall_fuel(fuel);
    }
    if let Some(handles) = handles {
        store.set_max_component_handles(handles);
    }
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
    let name = program.name();
    let ended = match invoke {
        None => run_command(&ready, &mut store, name).await?,
        Some(call) => invoke::run(engine, &ready, &mut store, &call, name).await?,
    };
    let error = match ended {
        Ok(outcome) => return Ok(outcome),
        Err(error) => error,
    };
    let mut outcome = Outcome::of(&error);
    if let (Some(path), Some(dump)) = (coredump, error.downcast_ref::<WasmCoreDump>())
        && let Outcome::Trap { message, .. } = &mut outcome
    {
        let path_text = path.display();
        *message += &match std::fs::write(&path, dump.serialize(&mut store, name)) {
            Ok(()) => format!(" (core dumped to `{path_text}`)"),
            Err(error) => format!(" (failed to write the core dump to `{path_text}`: {error})"),
        };
    }
    Ok(outcome)
}

/// Runs the program's command. An error is the program's end.
async fn run_command(
    ready: &Ready,
    store: &mut Store<State>,
    name: &str,
) -> Result<wasmtime::Result<Outcome>, RunError> {
    let pre = ready.command(name).map_err(|error| RunError::Instantiate {
        name: name.to_owned(),
        reason: error.to_string(),
    })?;
    let command = match pre.instantiate_async(&mut *store).await {
        Ok(command) => command,
        Err(error) => return started(error, name).map(Err),
    };
    let ran = command.wasi_cli_run().call_run(&mut *store).await;
    Ok(ran.map(|ran| Outcome::Exit {
        code: i32::from(ran.is_err()),
    }))
}

/// Tells a program that ended while it was instantiated from one that could not be.
fn started(error: wasmtime::Error, name: &str) -> Result<wasmtime::Error, RunError> {
    match error.is::<Trap>() || error.is::<I32Exit>() {
        true => Ok(error),
        false => Err(RunError::Instantiate {
            name: name.to_owned(),
            reason: outcome::one_line(&error),
        }),
    }
}
