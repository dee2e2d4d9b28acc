//! wasmtime-wasi as it is: no guard and no `scratch:tempfile`, and nobody who cleans up.

use std::path::Path;

use anyhow::{Result, ensure};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store, StoreLimits};
use wasmtime_wasi::cli::StdoutStream;
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView};

use crate::bench::printed;

struct State {
    wasi: WasiCtx,
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

/// A program that was compiled once.
pub(crate) struct Bare {
    engine: Engine,
    program: CommandPre<State>,
    is_bounded: bool,
}

impl Bare {
    pub(crate) fn new(program: impl AsRef<Path>) -> Result<Bare> {
        Bare::with_engine(program, Engine::default(), false)
    }

    /// As a host has it that can end a program which loops, and refuse it memory.
    pub(crate) fn bounded(program: impl AsRef<Path>) -> Result<Bare> {
        Bare::with_engine(program, Engine::new(Config::new().epoch_interruption(true))?, true)
    }

    fn with_engine(program: impl AsRef<Path>, engine: Engine, is_bounded: bool) -> Result<Bare> {
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        let component = Component::from_file(&engine, program)?;
        let program = CommandPre::new(linker.instantiate_pre(&component)?)?;
        Ok(Bare {
            engine,
            program,
            is_bounded,
        })
    }

    /// What it prints if it measures itself, with `dir` as its `/tmp`.
    pub(crate) async fn number(&self, dir: &Path, args: &[&str], blocking: bool) -> Result<f64> {
        let stdout = MemoryOutputPipe::new(1 << 10);
        self.run(&[(dir, "/tmp")], args, stdout.clone(), blocking).await?;
        printed(&stdout)
    }

    /// Runs it with directories, each under a name.
    pub(crate) async fn run(
        &self,
        dirs: &[(&Path, &str)],
        args: &[&str],
        stdout: impl StdoutStream + 'static,
        blocking: bool,
    ) -> Result<()> {
        let mut wasi = WasiCtx::builder();
        // First: a preopen takes the setting along.
        wasi.allow_blocking_current_thread(blocking);
        for (dir, name) in dirs {
            wasi.preopened_dir(dir, name, FsPerms::ReadWrite)?;
        }
        wasi.args(args).stdout(stdout).inherit_stderr();
        if self.is_bounded {
            wasi.env("TMPDIR", "/tmp");
        }
        let state = State {
            wasi: wasi.build(),
            table: ResourceTable::new(),
            limits: StoreLimits::default(),
        };
        let mut store = Store::new(&self.engine, state);
        if self.is_bounded {
            store.limiter(|state| &mut state.limits);
            store.set_epoch_deadline(1);
            store.epoch_deadline_async_yield_and_update(1);
        }
        let command = self.program.instantiate_async(&mut store).await?;
        let ended = command.wasi_cli_run().call_run(&mut store).await?;
        ensure!(ended.is_ok(), "it failed");
        Ok(())
    }
}
