//! wasmtime-wasi as it is: no guard and no `scratch:tempfile`, and nobody who cleans up.

use std::path::Path;

use anyhow::{Result, ensure};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::cli::StdoutStream;
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView};

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
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
}

impl Bare {
    pub(crate) fn new(program: &str) -> Result<Bare> {
        let engine = Engine::default();
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        let component = Component::from_file(&engine, program)?;
        let program = CommandPre::new(linker.instantiate_pre(&component)?)?;
        Ok(Bare { engine, program })
    }

    /// Runs it with `dir` as its `/tmp`.
    pub(crate) async fn run(
        &self,
        dir: &Path,
        args: &[&str],
        stdout: impl StdoutStream + 'static,
        blocking: bool,
    ) -> Result<()> {
        let wasi = WasiCtx::builder()
            // First: a preopen takes the setting along.
            .allow_blocking_current_thread(blocking)
            .preopened_dir(dir, "/tmp", FsPerms::ReadWrite)?
            .args(args)
            .stdout(stdout)
            .inherit_stderr()
            .build();
        let table = ResourceTable::new();
        let mut store = Store::new(&self.engine, State { wasi, table });
        let command = self.program.instantiate_async(&mut store).await?;
        let ended = command.wasi_cli_run().call_run(&mut store).await?;
        ensure!(ended.is_ok(), "it failed");
        Ok(())
    }
}
