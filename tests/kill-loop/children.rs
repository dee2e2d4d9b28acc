//! The processes of the loop: this program once more.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::{env, fs, process, thread};

use anyhow::{Result, ensure};
use clap::Subcommand;
use wasmtime::{Config, OptLevel};
use wasmtime_scratch::{Base, Command, GUEST_PROVIDER, Outcome, Program, Provider, Report, Runner};
use wasmtime_wasi::FsPerms;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

/// So many a program: it takes some ten milliseconds, and a kill meets it in the middle, at its start or at its end.
const OPERATIONS: &str = "60";

/// Of so many spaces one is dropped without an end, which leaves it to the thread in the background.
const DROPPED_ONE_IN: u64 = 3;

#[derive(Subcommand)]
pub(crate) enum Child {
    /// Runs programs one after another, until it is killed.
    Host {
        base: PathBuf,
        program: PathBuf,
        seed: u64,
        targets: Vec<PathBuf>,
    },
    /// Opens the base, waits until all is removed that dead hosts left, and does it again, until it is killed.
    Sweeper { base: PathBuf },
    /// Runs one program, to its end.
    Witness { base: PathBuf, program: PathBuf },
}

impl Child {
    /// This, as a command to start.
    pub(crate) fn command(&self) -> Result<process::Command> {
        let mut command = process::Command::new(env::current_exe()?);
        match self {
            Child::Host {
                base,
                program,
                seed,
                targets,
            } => command
                .arg("host")
                .args([base, program])
                .arg(seed.to_string())
                .args(targets),
            Child::Sweeper { base } => command.arg("sweeper").arg(base),
            Child::Witness { base, program } => command.arg("witness").args([base, program]),
        };
        command.stdin(process::Stdio::piped()).stdout(process::Stdio::piped());
        Ok(command)
    }

    pub(crate) fn run(self) -> Result<()> {
        match self {
            Child::Host {
                base,
                program,
                seed,
                targets,
            } => {
                end_with_the_parent();
                work(&base, &program, seed, &targets)
            }
            Child::Sweeper { base } => {
                end_with_the_parent();
                ready()?;
                loop {
                    let base = Base::open(&base)?;
                    let swept = base.drain();
                    ensure!(swept.residue_count == 0, "a sweep left residue: {swept:?}");
                }
            }
            Child::Witness { base, program } => {
                let host = Host::new(&program, true)?;
                let base = Base::open(&base)?;
                let mut command = Command::new();
                command.wasi().inherit_stdio();
                let (outcome, report) = host.run(&base, command, true)?;
                ensure!(outcome.is_success(), "the program failed: {outcome:?}");
                ensure!(report.is_some_and(|report| report.is_clean()), "its space is not clean");
                Ok(())
            }
        }
    }
}

fn work(base: &Path, program: &Path, seed: u64, targets: &[PathBuf]) -> Result<()> {
    // In turns: each has its own way to make, and to persist, a file.
    let host = Host::new(program, seed.is_multiple_of(2))?;
    ready()?;
    // From here on it may be killed: the opening is a part of it.
    let base = Base::open(base)?;
    for round in 0.. {
        let said = MemoryOutputPipe::new(1 << 16);
        let mut command = Command::new();
        let seed = seed.wrapping_add(round);
        command.args(&["random-work", &seed.to_string(), OPERATIONS]);
        command.allow_blocking_current_thread(true);
        command.wasi().stderr(said.clone());
        for (number, target) in targets.iter().enumerate() {
            command.dir(target, &format!("/out-{number}"), FsPerms::ReadWrite);
        }
        let (outcome, report) = host.run(&base, command, round % DROPPED_ONE_IN > 0)?;
        let said = said.contents();
        let is_as_meant = matches!(outcome, Outcome::Exit { code: 0 } | Outcome::Trap { .. });
        ensure!(
            is_as_meant && said.is_empty(),
            "program {seed}: {outcome:?}: {}",
            String::from_utf8_lossy(&said)
        );
        let is_clean = report.as_ref().is_none_or(Report::is_clean);
        ensure!(is_clean, "the space of program {seed} is not clean: {report:?}");
    }
    Ok(())
}

/// A program and the provider, compiled.
struct Host {
    runtime: tokio::runtime::Runtime,
    runner: Runner,
    provider: Provider,
    program: Program,
}

impl Host {
    fn new(program: &Path, is_native: bool) -> Result<Host> {
        let mut config = Config::new();
        // Most of the time of a host that is killed soon.
        config.cranelift_opt_level(OptLevel::None);
        let runner = Runner::with_config(config)?;
        Ok(Host {
            runtime: tokio::runtime::Runtime::new()?,
            provider: match is_native {
                true => Provider::Native,
                false => runner.provider("guest", GUEST_PROVIDER)?.into(),
            },
            program: runner.program("program.wasm", &fs::read(program)?)?,
            runner,
        })
    }

    /// Runs the program once; without `ends` its space is dropped, and there is no report.
    fn run(&self, base: &Base, command: Command, ends: bool) -> Result<(Outcome, Option<Report>)> {
        self.runtime.block_on(async {
            let space = base.space(None);
            let run = self.runner.run(&self.program, &self.provider, command, &space);
            let outcome = run.await?;
            let report = match ends {
                true => Some(space.end_async().await),
                false => None,
            };
            Ok((outcome, report))
        })
    }
}

fn ready() -> Result<()> {
    println!("ready");
    Ok(io::stdout().flush()?)
}

/// Or it would go on for ever after a parent that was interrupted.
fn end_with_the_parent() {
    thread::spawn(|| {
        let _ = io::stdin().read(&mut [0]);
        process::exit(1);
    });
}
