//! Runs a subject in a directory of its own, ends it, and counts.

use std::ffi::OsString;
use std::fs::Permissions;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::{env, fs};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use scratch_tests::{entries, programs};

use crate::{End, Subject, python};

/// Long enough for everybody to have everything open.
const DEADLINE_SECONDS: &str = "6";

/// Enough for a Python to start.
const MEMORY_BYTES: u64 = 256 << 20;

/// What a native program may map: its own binary is a part of it.
const NATIVE_MEMORY_BYTES: u64 = 1 << 30;

/// A directory, two files in it, and a file.
const MADE: usize = 4;

/// What the runs need, and what is not there.
pub(crate) struct Runs {
    dir: PathBuf,
    scratch: PathBuf,
    /// The guide, for a native Python.
    python: Option<PathBuf>,
    /// The guide as a component.
    python_component: Option<PathBuf>,
    has_wasmtime: bool,
}

impl Runs {
    pub(crate) fn prepare(dir: &Path) -> Result<Runs> {
        let python = Command::new("python3").arg("--version").output().is_ok();
        let guide = dir.join("guide.py");
        fs::write(&guide, python::GUIDE)?;
        let component = dir.join("component");
        fs::create_dir(&component)?;
        Ok(Runs {
            dir: dir.to_owned(),
            scratch: scratch()?,
            python: python.then_some(guide),
            python_component: match python && python::can_build() {
                true => Some(python::build(&component, python::GUIDE)?),
                false => None,
            },
            has_wasmtime: python && python::runtimes().join("python/wasmtime").is_dir(),
        })
    }

    /// What a reader has to know of this run of runs.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let mut lacks = |is_there: bool, what: &str| {
            if !is_there {
                notes.push(format!("–: not run, since there is no {what}."));
            }
        };
        lacks(self.python.is_some(), "`python3`");
        lacks(self.has_wasmtime, "wasmtime for Python");
        lacks(self.python_component.is_some(), "`componentize-py`");
        notes.push(format!(
            "Versions: {}, in components that of componentize-py {}; wasmtime {}.",
            version_of_python().as_deref().unwrap_or("no Python"),
            version_in("componentize-py", "componentize_py-").unwrap_or_else(|| "–".to_owned()),
            version_in("python", "wasmtime-").unwrap_or_else(|| "–".to_owned()),
        ));
        notes
    }

    /// How many entries are left; `None` if it cannot be run here.
    pub(crate) fn left(&self, subject: Subject, end: End) -> Result<Option<usize>> {
        let place = tempfile::tempdir_in(&self.dir)?;
        fs::set_permissions(place.path(), Permissions::from_mode(0o700))?;
        let Some(command) = self.command(subject, end, place.path())? else {
            return Ok(None);
        };
        let status = run(command, end, || count(place.path()))?;
        ensure!(status.success() == (end == End::Return), "it ended with {status}");
        if end == End::Restarted {
            let again = self.command(subject, End::Return, place.path())?;
            let status = run(again.context("as before")?, End::Return, || 0)?;
            ensure!(status.success(), "started again, it ended with {status}");
        }
        Ok(Some(count(place.path())))
    }

    fn command(&self, subject: Subject, end: End, place: &Path) -> Result<Option<Command>> {
        let components = (
            self.python_component.clone(),
            Some(PathBuf::from(programs::ENDS_TEMPFILE)),
        );
        let mut command = match subject {
            Subject::PythonNative => match &self.python {
                Some(guide) => native(end, place, &["python3".into(), guide.into()]),
                None => return Ok(None),
            },
            Subject::RustNative => native(end, place, &[env::current_exe()?.into(), "--native".into()]),
            Subject::PythonStock | Subject::RustStock => {
                let component = if subject == Subject::PythonStock {
                    components.0
                } else {
                    components.1
                };
                match component.filter(|_| self.has_wasmtime) {
                    Some(component) => self.stock(end, place, &component),
                    None => return Ok(None),
                }
            }
            Subject::PythonOurs => match components.0 {
                Some(component) => self.ours(end, place, "native", &component),
                None => return Ok(None),
            },
            Subject::RustLinked => self.ours(end, place, "guest", programs::ENDS.as_ref()),
            Subject::RustHost => self.ours(end, place, "native", programs::ENDS.as_ref()),
        };
        command.arg(end.word());
        Ok(Some(command))
    }

    /// Stock wasmtime, with `place` as the program's `/tmp`.
    fn stock(&self, end: End, place: &Path, component: &Path) -> Command {
        let adapter = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conformance/runtimes/wasmtime.py");
        let mut command = Command::new("python3");
        command.arg(adapter).arg(component);
        command.env("SCRATCH_RUNTIMES", python::runtimes());
        command.args(["--dir", &format!("{}::/tmp", place.display()), "--env", "TMPDIR=/tmp"]);
        command.arg("--cache").arg(self.dir.join("compiled"));
        match end {
            End::Deadline => command.args(["--timeout", DEADLINE_SECONDS]),
            End::Memory => command.args(["--max-memory", &MEMORY_BYTES.to_string()]),
            _ => &mut command,
        };
        command.arg("--");
        command
    }

    /// `scratch run`, with `place` as its base.
    fn ours(&self, end: End, place: &Path, provider: &str, component: &Path) -> Command {
        let mut command = Command::new(&self.scratch);
        command.args(["run", "--provider", provider, "--base"]).arg(place);
        match end {
            End::Deadline => command.args(["-W", &format!("timeout={DEADLINE_SECONDS}s")]),
            End::Memory => command.args(["-W", &format!("max-memory-size={MEMORY_BYTES}")]),
            _ => &mut command,
        };
        command.arg(component);
        command
    }
}

/// A program without a sandbox: its deadline is that of coreutils, and its memory that of the shell.
fn native(end: End, place: &Path, program: &[OsString]) -> Command {
    let mut command = match end {
        End::Deadline => {
            let mut command = Command::new("timeout");
            command.arg(DEADLINE_SECONDS);
            command
        }
        _ => {
            let limit = match end {
                End::Memory => format!("ulimit -v {} && ", NATIVE_MEMORY_BYTES >> 10),
                _ => String::new(),
            };
            let mut command = Command::new("sh");
            command.args(["-c", &format!("ulimit -c 0 && {limit}exec \"$@\""), "sh"]);
            command
        }
    };
    command.args(program).env("TMPDIR", place);
    command
}

/// Runs it to that end; once it says that it is ready, everything has to be there.
fn run(mut command: Command, end: End, count: impl Fn() -> usize) -> Result<ExitStatus> {
    // A file, since nobody reads it meanwhile.
    let said = tempfile::NamedTempFile::new()?;
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(said.reopen()?);
    let mut child = command.spawn().with_context(|| format!("{command:?}"))?;
    let mut stdout = BufReader::new(child.stdout.take().context("it has a pipe")?);
    let mut line = String::new();
    while line != "ready\n" {
        line.clear();
        if stdout.read_line(&mut line)? == 0 {
            let said = fs::read_to_string(said.path())?;
            bail!("it was never ready: {command:?}: {}: {said}", child.wait()?);
        }
    }
    let signal = match end {
        End::Terminated => Some(Signal::TERM),
        End::Killed | End::Restarted => Some(Signal::KILL),
        _ => None,
    };
    if let Some(signal) = signal {
        let there = count();
        ensure!(there >= MADE, "only {there} entries are there: {command:?}");
        send(&child, signal)?;
    }
    stdout.read_to_string(&mut line)?;
    Ok(child.wait()?)
}

fn send(child: &Child, signal: Signal) -> Result<()> {
    Ok(kill_process(Pid::from_child(child), signal)?)
}

/// Everything below `place` but the layout file of a base.
fn count(place: &Path) -> usize {
    let all = entries(place);
    all.iter().filter(|path| path.as_path() != Path::new("layout")).count()
}

/// The command, built now: cargo builds none for an example.
fn scratch() -> Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .args(["build", "--quiet", "--package", "wasmtime-scratch", "--bin", "scratch"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let status = build.status().with_context(|| format!("{build:?}"))?;
    ensure!(status.success(), "{build:?}: {status}");
    let examples = env::current_exe()?;
    let target = examples.ancestors().nth(2).context("an example is in `examples`")?;
    Ok(target.join("scratch"))
}

fn version_of_python() -> Option<String> {
    let output = Command::new("python3").arg("--version").output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// The version of a package for Python in the runtimes' folder.
fn version_in(folder: &str, prefix: &str) -> Option<String> {
    for entry in fs::read_dir(python::runtimes().join(folder)).ok()? {
        let name = entry.ok()?.file_name().to_string_lossy().into_owned();
        let version = name
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_suffix(".dist-info"));
        if let Some(version) = version {
            return Some(version.to_owned());
        }
    }
    None
}
