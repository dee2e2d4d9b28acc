//! `scratch run`.

use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use rustix::process::Resource;
use wasmtime::{Config, StoreLimitsBuilder};
use wasmtime_cli_flags::{CommonOptions, WasmOptions};
use wasmtime_scratch::{Base, Command, Label, LinkOptions, Outcome, Program, Provider, RunError, RunReport, Runner};

use crate::engine::EngineFlags;
use crate::input::{self, GUEST, Input, NATIVE};
use crate::limits::LimitFlags;
use crate::options::{Dir, EnvVar, ReportTo};
use crate::watchdog::{EndedRun, Watchdog};
use crate::{CANNOT_LOAD, SCRATCH_FAILED, USAGE, load, output, said, stdio};

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

    /// Run compiled code (`*.cwasm`), which is not sandboxed: only what you compiled, or would run as a program of your own.
    #[arg(long)]
    allow_precompiled: bool,

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

    /// Where the program sees its temporary files, as the preopen PATH and in TMPDIR [default: /tmp, unless --dir grants it].
    #[arg(long, value_name = "PATH")]
    tmp: Option<String>,

    /// Do not show the program its temporary files as a preopen: it has handles only.
    #[arg(long, conflicts_with = "tmp")]
    no_tmp: bool,

    /// After a trap, a deadline or an exit code other than 0, move the program's temporary files to a new directory in DIR
    /// instead of removing them, but for symbolic links, which are left out. DIR has to be on the file system of the base.
    #[arg(long, value_name = "DIR")]
    keep_on_failure: Option<PathBuf>,

    #[command(flatten)]
    limits: LimitFlags,

    /// How much to say on standard error at the end (`none`, `line`, `text`), and where to write a report (`json=PATH`); may be
    /// given more than once [default: a line on a terminal, if temporary files were used].
    #[arg(long = "report", value_name = "none|line|text|json=PATH")]
    reports: Vec<ReportTo>,

    #[command(flatten)]
    engine: EngineFlags,
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
                crate::fail(&error, code);
                code
            }
        }
    }

    fn try_execute(mut self) -> Result<i32, Failure> {
        let started = Instant::now();
        let (options, mut config) = self.engine.read().or_exit(USAGE)?;
        fit_to_process(&mut config);
        for to in &self.reports {
            if let ReportTo::Json(path) = to {
                output::verify(path).or_exit(USAGE)?;
            }
        }
        let mut linked = LinkOptions::default();
        linked.network_error_code(options.wasi.network_error_code.unwrap_or(false));
        // The options of the engine: what does not go together, or is not built in.
        let mut runner = Runner::with_options(config, &linked).map_err(cannot_start)?;
        runner.trap_unknown_imports(options.wasm.unknown_imports_trap.unwrap_or(false));
        let program = self.load_program(&runner)?;
        let provider = self.load_provider(&runner, &program)?;
        let watchdog = Watchdog::start().or_exit(SCRATCH_FAILED)?;
        let granted = self.dirs.iter().map(|dir| dir.host.as_path());
        let path = crate::base::path(self.base.take(), granted);
        let base = Base::open_within(path, self.limits.of_base()).or_exit(SCRATCH_FAILED)?;
        if let Some(dir) = &self.keep_on_failure {
            base.verify_keeping(dir)
                .map_err(|error| match error.kind() {
                    ErrorKind::CrossesDevices => anyhow!(
                        "it is on another file system than the base `{}`: choose a directory there, or another base",
                        base.path().display()
                    ),
                    _ => error.into(),
                })
                .with_context(|| format!("cannot keep files in `{}`", dir.display()))
                .or_exit(USAGE)?;
        }
        let space = base.space_within(self.label.take(), self.limits.of_space());
        let run = runner.run(&program, &provider, self.command(&options), &space);
        let EndedRun { outcome, thread } = watchdog.run(run, options.wasm.timeout).or_exit(SCRATCH_FAILED)?;
        let has_failed = outcome.as_ref().is_ok_and(has_failed);
        let keep_in = self.keep_on_failure.as_deref().filter(|_| has_failed);
        let report = thread.end_space(space, keep_in);
        let all = base.counters();
        base.close();
        let outcome = outcome.map_err(cannot_run)?;
        watchdog.begin_report(&outcome);
        if let Outcome::Returned { results } = &outcome {
            writeln!(std::io::stdout(), "{results}")
                .context("failed to print the result")
                .or_exit(CANNOT_LOAD)?;
        }
        let report = RunReport::new(&program, &provider, outcome, started.elapsed(), report);
        let detail = self.reports.iter().rev().find_map(|to| match to {
            ReportTo::Said(detail) => Some(*detail),
            ReportTo::Json(_) => None,
        });
        // Writes files first, because nobody may read standard error.
        let written = self.reports.iter().try_for_each(|to| match to {
            ReportTo::Json(path) => output::write(path, (report.to_json() + "\n").as_bytes()),
            ReportTo::Said(_) => Ok(()),
        });
        said::say_report(&report, &all, detail);
        written.or_exit(SCRATCH_FAILED)?;
        Ok(report.exit_code())
    }

    fn path(&self) -> &str {
        self.program.first().map_or("-", String::as_str)
    }

    fn load_program(&self, runner: &Runner) -> Result<Program, Failure> {
        let path = self.path();
        let input = match input::program(path) {
            Ok(input) => input,
            Err(error) => {
                let (code, error) = crate::subcommand_or(path, error);
                return Err(Failure { code, error });
            }
        };
        let program = load::program(runner, &input, self.allow_precompiled).or_exit(CANNOT_LOAD)?;
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
        let provider = load::compiling(&name, || Ok(runner.provider(&name, &bytes)?)).or_exit(CANNOT_LOAD)?;
        Ok(Provider::Linked(provider))
    }

    fn command(&self, options: &CommonOptions) -> Command {
        let mut command = Command::new();
        let name = self.argv0.as_deref().unwrap_or_else(|| input::file_name(self.path()));
        command.args(&[name]).args(self.program.get(1..).unwrap_or_default());
        // Keeps the thread free where there is a deadline, as wasmtime does, because it is met at once then.
        command.allow_blocking_current_thread(options.wasm.timeout.is_none());
        if options.wasi.inherit_env == Some(true) {
            self.inherit_env(&mut command);
        }
        for EnvVar { name, value } in &self.envs {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        for Dir { host, guest, perms } in &self.dirs {
            command.dir(host, guest, *perms);
        }
        match &self.tmp {
            Some(path) => _ = command.tmp(Some(path)),
            None if self.no_tmp => _ = command.tmp(None),
            None => {}
        }
        if let Some(call) = &self.invoke {
            command.invoke(call);
        }
        if let Some(path) = &options.debug.coredump {
            command.coredump(path);
        }
        set_wasi(&mut command, options);
        set_limits(&mut command, options);
        command
    }

    fn inherit_env(&self, command: &mut Command) {
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

/// Hands on the options of WASI.
fn set_wasi(command: &mut Command, options: &CommonOptions) {
    let options = &options.wasi;
    let wasi = command.wasi();
    if options.inherit_stdin.unwrap_or(true) {
        wasi.inherit_stdin();
    }
    if options.inherit_stdout.unwrap_or(true) {
        stdio::inherit_stdout(wasi);
    }
    if options.inherit_stderr.unwrap_or(true) {
        stdio::inherit_stderr(wasi);
    }
    if let Some(path) = &options.cwd {
        wasi.initial_cwd(path);
    }
    if options.inherit_network == Some(true) {
        // The whole network, so that it need not be asked for twice.
        wasi.inherit_network().allow_tcp(true).allow_udp(true);
    }
    if let Some(allow) = options.allow_ip_name_lookup {
        wasi.allow_ip_name_lookup(allow);
    }
    if let Some(allow) = options.tcp {
        wasi.allow_tcp(allow);
    }
    if let Some(allow) = options.udp {
        wasi.allow_udp(allow);
    }
    if let Some(bytes) = options.max_random_size {
        wasi.max_random_size(bytes);
    }
    if let Some(resources) = options.max_resources {
        command.max_resources(resources);
    }
    if let Some(fuel) = options.hostcall_fuel {
        command.hostcall_fuel(fuel);
    }
    if let Some(handles) = options.max_component_handles {
        command.max_component_handles(handles);
    }
}

/// Hands on the limits of the program itself.
fn set_limits(command: &mut Command, options: &CommonOptions) {
    let WasmOptions {
        timeout,
        fuel,
        max_memory_size,
        max_table_elements,
        max_instances,
        max_tables,
        max_memories,
        trap_on_grow_failure,
        ..
    } = options.wasm;
    if let Some(timeout) = timeout {
        command.timeout(timeout);
    }
    if let Some(fuel) = fuel {
        command.fuel(fuel);
    }
    let mut limits = StoreLimitsBuilder::new();
    if let Some(bytes) = max_memory_size {
        limits = limits.memory_size(bytes);
    }
    if let Some(elements) = max_table_elements {
        limits = limits.table_elements(elements);
    }
    if let Some(instances) = max_instances {
        limits = limits.instances(instances);
    }
    if let Some(tables) = max_tables {
        limits = limits.tables(tables);
    }
    if let Some(memories) = max_memories {
        limits = limits.memories(memories);
    }
    if let Some(trap) = trap_on_grow_failure {
        limits = limits.trap_on_grow_failure(trap);
    }
    command.store_limits(limits.build());
}

/// Fits the engine to the limits of the process.
fn fit_to_process(config: &mut Config) {
    // Copies a program's initial memory, because wasmtime maps it from a file that `ulimit -f` does not let it write.
    if rustix::process::getrlimit(Resource::Fsize).current.is_some() {
        config.memory_init_cow(false);
    }
}

/// Whether somebody may want to see what the program had made: not after a signal, which says that it was to end.
fn has_failed(outcome: &Outcome) -> bool {
    !outcome.is_success() && !matches!(outcome, Outcome::Signal { .. })
}

/// Tells an engine that its options do not allow from a machine that has no thread for it.
fn cannot_start(error: wasmtime::Error) -> Failure {
    let is_of_system = error.downcast_ref::<std::io::Error>().is_some();
    Failure {
        code: if is_of_system { SCRATCH_FAILED } else { USAGE },
        error: error.into(),
    }
}

/// Says what the error of a run means for the exit code.
fn cannot_run(error: anyhow::Error) -> Failure {
    Failure {
        code: match error.downcast_ref() {
            Some(RunError::DirectoryHoldsBase { .. } | RunError::PathTwice { .. } | RunError::Setting(_)) => USAGE,
            Some(_) => CANNOT_LOAD,
            None => SCRATCH_FAILED,
        },
        error: match error.downcast_ref() {
            Some(RunError::DirectoryHoldsBase { .. }) => {
                anyhow!("{error}: grant a smaller directory, or name a base outside of it with --base")
            }
            Some(RunError::PathTwice { .. }) => anyhow!("{error}, or move the space with --tmp or --no-tmp"),
            _ => error,
        },
    }
}
