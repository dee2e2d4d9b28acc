//! `scratch run`.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use wasmtime::Config;
use wasmtime_scratch::{Base, Command, END_WAIT, Label, Outcome, Program, Provider, RunError, RunReport, Runner};

use crate::input::{self, GUEST, Input, NATIVE};
use crate::limits::LimitFlags;
use crate::options::{Dir, EnvVar, ReportTo, WasiOption, WasmOption};
use crate::signals::Signals;
use crate::{SCRATCH_FAILED, USAGE, say};

/// The program, or a file that it needs, could not be loaded.
const CANNOT_LOAD: i32 = 1;

/// Run a program whose temporary files are gone when it ends, however it ends.
#[derive(clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Run {
    /// The program: a component, a WASI p1 module, or the text of either; `-` for standard input. What follows is the
    /// program's own.
    // One list, as in wasmtime: in a list of their own, the first argument could still be a flag of ours.
    #[arg(value_names = ["PROGRAM.wasm", "ARGS"], required = true, trailing_var_arg = true)]
    program: Vec<String>,

    /// Grant a directory: HOST as GUEST (or by its own name), really read-only with `::ro`.
    #[arg(long = "dir", value_name = "HOST[::GUEST][::ro]")]
    dirs: Vec<Dir>,

    /// Set an environment variable, or hand on the one that is set here.
    #[arg(long = "env", value_name = "NAME[=VAL]")]
    envs: Vec<EnvVar>,

    /// What the program finds as its own name, in the place of its file's.
    #[arg(long, value_name = "NAME")]
    argv0: Option<String>,

    /// Call an exported function, such as `add(1, 2)`, and print its result.
    #[arg(long, value_name = "CALL")]
    invoke: Option<String>,

    /// Limits of the program: timeout=TIME (seconds, or 500ms), fuel=N, max-memory-size=BYTES.
    #[arg(short = 'W', long = "wasm", value_name = "KEY=VAL,...", value_delimiter = ',')]
    wasm: Vec<WasmOption>,

    /// Options of WASI: inherit-env.
    #[arg(short = 'S', long = "wasi", value_name = "KEY[=VAL],...", value_delimiter = ',')]
    wasi: Vec<WasiOption>,

    /// The directory on the host under which temporary files live [default: $SCRATCH_BASE, else scratch in the user's
    /// cache directory].
    #[arg(long, value_name = "DIR")]
    base: Option<PathBuf>,

    /// Whose run this is, for the report: up to 128 printable characters.
    #[arg(long)]
    label: Option<Label>,

    /// Who provides `scratch:tempfile`: the host itself, the built-in guest component, or the component in FILE.
    #[arg(long, value_name = "native|guest|FILE", default_value = NATIVE, env = "SCRATCH_PROVIDER")]
    provider: String,

    /// Where the program sees its temporary files, as the preopen PATH and in TMPDIR.
    #[arg(long, value_name = "PATH", default_value = wasmtime_scratch::DEFAULT_TMP)]
    tmp: String,

    /// Do not show the program its temporary files as a preopen: it has handles only.
    #[arg(long, conflicts_with = "tmp")]
    no_tmp: bool,

    /// After a trap, a deadline or an exit code other than 0, move the program's temporary files to a new directory in DIR
    /// instead of removing them, but for symbolic links, which are left out. DIR has to be on the file system of the base.
    #[arg(long, value_name = "DIR")]
    keep_on_failure: Option<PathBuf>,

    #[command(flatten)]
    limits: LimitFlags,

    /// Print the whole report on standard error (`text`), or write it to a file (`json=PATH`); may be given twice.
    #[arg(long = "report", value_name = "text|json=PATH")]
    reports: Vec<ReportTo>,
}

const EXIT_CODES: &str = "\
Exit codes: the program's own; 1 if it cannot be loaded; 2 for wrong usage; 124 for the deadline; 125 if scratch failed
(the base was refused, or the program succeeded but something could not be removed); 134 for a trap; 128 + n for signal n.
A Rust program for wasm32-wasip2 ends with 1 whatever non-zero code it exits with; built for wasm32-wasip1 it keeps it.";

/// What goes wrong before there is an outcome, with the exit code that it means.
struct Failure {
    code: i32,
    error: anyhow::Error,
}

trait OrExit<T> {
    fn or_exit(self, code: i32) -> Result<T, Failure>;
}

impl<T, E: Into<anyhow::Error>> OrExit<T> for Result<T, E> {
    fn or_exit(self, code: i32) -> Result<T, Failure> {
        self.map_err(|error| Failure {
            code,
            error: error.into(),
        })
    }
}

impl Run {
    pub(crate) fn execute(self) -> i32 {
        match self.try_execute() {
            Ok(code) => code,
            Err(Failure { code, error }) => {
                say(&format!("scratch: {}\n", crate::one_line(&error)));
                code
            }
        }
    }

    fn try_execute(mut self) -> Result<i32, Failure> {
        let started = Instant::now();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .or_exit(SCRATCH_FAILED)?;
        let mut config = Config::new();
        config.consume_fuel(self.wasm.iter().any(|option| matches!(option, WasmOption::Fuel(_))));
        let runner = Runner::with_config(config).or_exit(SCRATCH_FAILED)?;
        let program = self.load_program(&runner)?;
        let provider = self.load_provider(&runner, &program)?;
        let mut signals = runtime.block_on(async { Signals::catch() }).or_exit(SCRATCH_FAILED)?;
        let path = crate::base::path(self.base.take());
        let base = Base::open_within(path, self.limits.of_base()).or_exit(SCRATCH_FAILED)?;
        if let Some(dir) = &self.keep_on_failure {
            base.verify_keeping(dir)
                .map_err(|error| match error.kind() {
                    std::io::ErrorKind::CrossesDevices => anyhow!(
                        "it is on another file system than the base `{}`: choose a directory there, or another base",
                        base.path().display()
                    ),
                    _ => error.into(),
                })
                .with_context(|| format!("cannot keep files in `{}`", dir.display()))
                .or_exit(USAGE)?;
        }
        let space = base.space_within(self.label.take(), self.limits.of_space());
        let run = runner.run(&program, &provider, self.command(), &space);
        let outcome = runtime.block_on(run_until_signal(run, &mut signals))?;
        let keep_in = self.keep_on_failure.clone().filter(|_| has_failed(&outcome));
        // Signals are caught from now on, too: this is not interrupted.
        let report = runtime.block_on(async {
            match keep_in {
                Some(dir) => tokio::task::spawn_blocking(move || space.end_keeping(&dir)).await,
                None => Ok(space.end_async().await),
            }
        });
        let report = report.or_exit(SCRATCH_FAILED)?;
        // A read of standard input that is still waiting cannot be cancelled.
        runtime.shutdown_timeout(Duration::ZERO);
        base.close();
        if let Outcome::Returned { results } = &outcome {
            writeln!(std::io::stdout(), "{results}")
                .context("failed to print the result")
                .or_exit(CANNOT_LOAD)?;
        }
        let report = RunReport::new(&program, &provider, outcome, started.elapsed(), report);
        self.print(&report)?;
        Ok(report.exit_code())
    }

    fn path(&self) -> &str {
        self.program.first().map_or("-", String::as_str)
    }

    fn load_program(&self, runner: &Runner) -> Result<Program, Failure> {
        let Input { name, bytes } = input::program(self.path()).or_exit(CANNOT_LOAD)?;
        let program = runner.program(&name, &bytes).or_exit(CANNOT_LOAD)?;
        if self.invoke.is_none() {
            program.verify_command().or_exit(CANNOT_LOAD)?;
        }
        Ok(program)
    }

    fn load_provider(&self, runner: &Runner, program: &Program) -> Result<Provider, Failure> {
        // Compiling the built-in one takes longer than most programs run.
        if self.provider == NATIVE || self.provider == GUEST && !program.wants_scratch() {
            return Ok(Provider::Native);
        }
        let Input { name, bytes } = input::provider(&self.provider).or_exit(CANNOT_LOAD)?;
        let provider = runner.provider(&name, &bytes).or_exit(CANNOT_LOAD)?;
        Ok(Provider::Linked(provider))
    }

    fn command(&self) -> Command {
        let mut command = Command::new();
        let name = self.argv0.as_deref().unwrap_or_else(|| input::file_name(self.path()));
        command.args(&[name]).args(self.program.get(1..).unwrap_or_default());
        command.wasi().inherit_stdio();
        for option in &self.wasi {
            let WasiOption::InheritEnv(inherit) = option;
            if *inherit {
                for (name, value) in std::env::vars_os() {
                    // A program's variables are text.
                    let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else {
                        continue;
                    };
                    // The host's TMPDIR is not a path of the program's; a libc takes the first of two under one name.
                    if name != "TMPDIR" && self.envs.iter().all(|set| set.name != name) {
                        command.env(name, value);
                    }
                }
            }
        }
        for EnvVar { name, value } in &self.envs {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        for Dir { host, guest, perms } in &self.dirs {
            command.dir(host, guest, *perms);
        }
        // As in wasmtime: with a deadline the thread has to stay free to meet it.
        let has_deadline = |option: &WasmOption| matches!(option, WasmOption::Timeout(_));
        command.allow_blocking_current_thread(!self.wasm.iter().any(has_deadline));
        command.tmp((!self.no_tmp).then_some(self.tmp.as_str()));
        for option in &self.wasm {
            match *option {
                WasmOption::Timeout(timeout) => command.timeout(timeout),
                WasmOption::Fuel(fuel) => command.fuel(fuel),
                WasmOption::MaxMemorySize(bytes) => command.max_memory_size(bytes),
            };
        }
        if let Some(call) = &self.invoke {
            command.invoke(call);
        }
        command
    }

    fn print(&self, report: &RunReport) -> Result<(), Failure> {
        if self.reports.contains(&ReportTo::Text) || !report.is_quiet() {
            say(&report.to_string());
        } else {
            say(&format!("{}\n", report.summary()));
        }
        for to in &self.reports {
            if let ReportTo::Json(path) = to {
                fs::write(path, report.to_json() + "\n")
                    .with_context(|| format!("failed to write the report to `{}`", path.display()))
                    .or_exit(SCRATCH_FAILED)?;
            }
        }
        Ok(())
    }
}

/// Whether somebody may want to see what the program had made: not after a signal, which says that it was to end.
fn has_failed(outcome: &Outcome) -> bool {
    !outcome.is_success() && !matches!(outcome, Outcome::Signal { .. })
}

/// The run has a task of its own: while it blocks its thread, signals are still heard.
async fn run_until_signal(
    run: impl Future<Output = Result<Outcome, RunError>> + Send + 'static,
    signals: &mut Signals,
) -> Result<Outcome, Failure> {
    let mut run = tokio::spawn(run);
    let ended = tokio::select! {
        ended = &mut run => ended.or_exit(SCRATCH_FAILED)?,
        number = signals.next() => {
            run.abort();
            // Its store goes when it next yields: at the latest at the next tick, unless the kernel holds it.
            let _ = tokio::time::timeout(END_WAIT, run).await;
            return Ok(Outcome::Signal { number });
        }
    };
    ended.map_err(|error| Failure {
        code: match error {
            RunError::DirectoryHoldsBase { .. } | RunError::PathTwice { .. } | RunError::Setting(_) => USAGE,
            _ => CANNOT_LOAD,
        },
        error: error.into(),
    })
}
