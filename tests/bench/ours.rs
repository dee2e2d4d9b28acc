//! Programs in a host of ours, set up as `scratch run` does it.

use std::path::Path;

use anyhow::{Result, ensure};
use wasmtime_scratch::{Base, Command, GUEST_PROVIDER, Limits, Program, Provider, Runner};
use wasmtime_wasi::cli::StdoutStream;

pub(crate) struct Ours {
    base: Base,
    pub(crate) runner: Runner,
    provider: Provider,
}

impl Ours {
    pub(crate) fn new(base: &Path) -> Result<Ours> {
        let runner = Runner::new()?;
        Ok(Ours {
            base: Base::open(base)?,
            provider: runner.provider("guest", GUEST_PROVIDER)?.into(),
            runner,
        })
    }

    /// Runs a program, with the guest provider if it asks for one, and ends its space.
    pub(crate) async fn run(
        &self,
        program: &Program,
        mut command: Command,
        args: &[&str],
        stdout: impl StdoutStream + 'static,
    ) -> Result<()> {
        command.allow_blocking_current_thread(true).args(args);
        command.wasi().stdout(stdout).inherit_stderr();
        let space = self.base.space_within(None, Limits::RUN);
        let outcome = self.runner.run(program, &self.provider, command, &space).await?;
        let report = space.end_async().await;
        ensure!(outcome.is_success() && report.is_clean(), "{outcome:?} {report}");
        Ok(())
    }
}
