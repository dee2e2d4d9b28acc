//! Programs in a host of ours, set up as `scratch run` does it.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use wasmtime_scratch::{Base, BaseLimits, Command, GUEST_PROVIDER, Limits, Program, Provider, Runner, Space, compose};
use wasmtime_wasi::cli::StdoutStream;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

use crate::bench::printed;

/// Who provides the temporary files of a program.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Provided {
    /// The host itself.
    Native,
    /// The guest provider, linked by the host.
    Linked,
    /// The guest provider, composed into the program.
    Composed,
}

impl Provided {
    pub(crate) const ALL: [Provided; 3] = [Provided::Native, Provided::Linked, Provided::Composed];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Provided::Native => "native provider",
            Provided::Linked => "guest provider, linked",
            Provided::Composed => "guest provider, composed",
        }
    }

    /// For a command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Provided::Native => "native",
            Provided::Linked => "linked",
            Provided::Composed => "composed",
        }
    }
}

pub(crate) struct Ours {
    base: Base,
    runner: Runner,
    guest_provider: Provider,
}

/// A program that was compiled once, with who provides for it.
pub(crate) struct Guest {
    program: Program,
    provider: Provider,
}

/// A program with everybody who may provide for it.
pub(crate) struct Guests {
    native: Guest,
    linked: Guest,
    composed: Guest,
}

impl Ours {
    pub(crate) fn new(base: &Path) -> Result<Ours> {
        Ours::within(base, BaseLimits::default())
    }

    pub(crate) fn within(base: &Path, limits: BaseLimits) -> Result<Ours> {
        let runner = Runner::new()?;
        Ok(Ours {
            base: Base::open_within(base, limits)?,
            guest_provider: runner.provider("guest", GUEST_PROVIDER)?.into(),
            runner,
        })
    }

    pub(crate) fn guest(&self, path: &str, provided: Provided) -> Result<Guest> {
        let mut program = fs::read(path)?;
        let mut provider = Provider::Native;
        match provided {
            Provided::Native => {}
            Provided::Linked => provider = self.guest_provider.clone(),
            Provided::Composed => program = compose(path, &program, "guest", GUEST_PROVIDER)?,
        }
        Ok(Guest {
            program: self.runner.program(path, &program)?,
            provider,
        })
    }

    pub(crate) fn guests(&self, path: &str) -> Result<Guests> {
        Ok(Guests {
            native: self.guest(path, Provided::Native)?,
            linked: self.guest(path, Provided::Linked)?,
            composed: self.guest(path, Provided::Composed)?,
        })
    }

    pub(crate) fn space(&self) -> Space {
        self.base.space_within(None, Limits::RUN)
    }

    /// Runs a program in a space of its own, and ends that.
    pub(crate) async fn run(
        &self,
        guest: &Guest,
        command: Command,
        args: &[&str],
        stdout: impl StdoutStream + 'static,
    ) -> Result<()> {
        let space = self.space();
        self.run_in(&space, guest, command, args, stdout).await?;
        let report = space.end_async().await;
        ensure!(report.is_clean(), "{report}");
        Ok(())
    }

    /// Runs a program in a space, which goes on.
    pub(crate) async fn run_in(
        &self,
        space: &Space,
        guest: &Guest,
        mut command: Command,
        args: &[&str],
        stdout: impl StdoutStream + 'static,
    ) -> Result<()> {
        command.allow_blocking_current_thread(true).args(args);
        command.wasi().stdout(stdout).inherit_stderr();
        let Guest { program, provider } = guest;
        let outcome = self.runner.run(program, provider, command, space).await?;
        ensure!(outcome.is_success(), "{outcome:?}");
        Ok(())
    }

    /// What a program prints that measures itself.
    pub(crate) async fn number(&self, guest: &Guest, args: &[&str]) -> Result<f64> {
        let stdout = MemoryOutputPipe::new(1 << 10);
        self.run(guest, Command::new(), args, stdout.clone()).await?;
        printed(&stdout)
    }
}

impl Guests {
    pub(crate) fn by(&self, provided: Provided) -> &Guest {
        match provided {
            Provided::Native => &self.native,
            Provided::Linked => &self.linked,
            Provided::Composed => &self.composed,
        }
    }
}
