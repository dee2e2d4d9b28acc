//! The conformance suite over every provider and runtime, each run a test: `native::CASE::STORAGE`, `synchronous::…`,
//! `linked::…` and `composed::…` with our host, `wasmtime::…` and `node::…` on runtimes that know nothing of it.
//!
//! Where a stock runtime is not installed (`tests/conformance/runtimes/setup` does it) its tests are ignored, and fail
//! where `SCRATCH_RUNTIMES_REQUIRED` is set.

#[path = "support/store.rs"]
mod store;
#[path = "conformance/synchronous.rs"]
mod synchronous;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, OnceLock};
use std::{env, fs};

use libtest_mimic::{Arguments, Failed, Trial};
use scratch_conformance::{CASES, Case, Ended, Known, OUT, SUITE, Storage, Verdict, entries};
use serde::Deserialize;
use tempfile::TempDir;
use wasmtime_scratch::GUEST_PROVIDER;

/// Where the adapters of the stock runtimes are.
const RUNTIMES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/conformance/runtimes");

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    ours("native", &["native"], &arguments, &mut trials);
    synchronous::trials(&arguments, &mut trials);
    ours("guest", &["linked", "composed"], &arguments, &mut trials);
    for runtime in [&WASMTIME, &NODE] {
        stock(runtime, &mut trials);
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// A name that is wanted, as libtest decides it.
fn is_wanted(arguments: &Arguments, name: &str) -> bool {
    arguments.filter.as_ref().is_none_or(|filter| match arguments.exact {
        true => name == filter,
        false => name.contains(filter),
    })
}

/// A run in which the host's own random numbers would have to be replaced; a unit test of its names stands in for it.
fn random_numbers_are_the_hosts_own(name: String) -> Trial {
    let not_run = || Err("random numbers that are the host's own are not replaced".into());
    Trial::test(name, not_run).with_ignored_flag(true)
}

/// One run as `scratch check` tells of it.
#[derive(Deserialize)]
struct Run {
    case: String,
    mode: String,
    storage: String,
    verdict: String,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Summary {
    runs: Vec<Run>,
}

/// A provider under our host: `scratch check PROVIDER`, once for all tests that are wanted.
fn ours(provider: &'static str, modes: &[&'static str], arguments: &Arguments, trials: &mut Vec<Trial>) {
    let mut wanted = Vec::new();
    for case in CASES {
        for &mode in modes {
            for storage in case.storages {
                let name = format!("{mode}::{}::{storage}", case.name);
                if mode == "native" && case.same_random_bytes > 0 {
                    trials.push(random_numbers_are_the_hosts_own(name));
                } else if is_wanted(arguments, &name) {
                    wanted.push((name, mode, case, *storage));
                }
            }
        }
    }
    let cases: Vec<&str> = wanted.iter().map(|(_, _, case, _)| case.name).collect();
    let checked = Arc::new(Checked {
        provider,
        cases,
        runs: OnceLock::new(),
    });
    for (name, mode, case, storage) in wanted {
        let checked = Arc::clone(&checked);
        trials.push(Trial::test(name, move || {
            checked.verdict(case.name, mode, storage.name())
        }));
    }
}

struct Checked {
    provider: &'static str,
    cases: Vec<&'static str>,
    runs: OnceLock<Result<Vec<Run>, String>>,
}

impl Checked {
    fn verdict(&self, case: &str, mode: &str, storage: &str) -> Result<(), Failed> {
        let runs = self.runs.get_or_init(|| self.check()).as_ref()?;
        let run = runs
            .iter()
            .find(|run| run.case == case && run.mode == mode && run.storage == storage)
            .ok_or("`scratch check` did not run it")?;
        match run.verdict.as_str() {
            "passed" => Ok(()),
            other => Err(format!("{other}: {}", run.reason.as_deref().unwrap_or("-")).into()),
        }
    }

    fn check(&self) -> Result<Vec<Run>, String> {
        let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
        let json = dir.path().join("check.json");
        let mut command = Command::new(env!("CARGO_BIN_EXE_scratch"));
        command
            .args(["check", self.provider, "--timeout", "300", "--json"])
            .arg(&json);
        let cases = self.cases.iter().flat_map(|case| ["--case", case]);
        let output = command.args(cases).output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr);
        let json = fs::read_to_string(&json).map_err(|_| format!("`scratch check` said: {said}"))?;
        let summary: Summary = serde_json::from_str(&json).map_err(|error| error.to_string())?;
        Ok(summary.runs)
    }
}

/// A runtime that knows nothing of us, behind an adapter.
struct Runtime {
    name: &'static str,
    /// What interprets the adapter, and the adapter.
    adapter: [&'static str; 2],
    options: &'static [&'static str],
    /// What is there in the runtimes' folder once it is installed.
    installed: &'static str,
    known: &'static str,
}

static WASMTIME: Runtime = Runtime {
    name: "wasmtime",
    adapter: ["python3", "wasmtime.py"],
    options: &[],
    installed: "python/wasmtime",
    known: include_str!("conformance/expectations/wasmtime.toml"),
};

static NODE: Runtime = Runtime {
    name: "node",
    adapter: ["node", "node.mjs"],
    // Its shim refuses a flag that every libc sets to open a file for writing by path: no case that does could run.
    options: &[],
    installed: "node/node_modules",
    known: include_str!("conformance/expectations/node.toml"),
};

fn stock(runtime: &'static Runtime, trials: &mut Vec<Trial>) {
    let is_installed = runtimes().join(runtime.installed).is_dir();
    let is_required = env::var_os("SCRATCH_RUNTIMES_REQUIRED").is_some();
    let known = Known::parse(runtime.known).unwrap_or_else(|error| panic!("{}: {error}", runtime.name));
    let composed = Arc::new(Composed::default());
    for case in CASES {
        for &storage in case.storages {
            let (composed, known) = (Arc::clone(&composed), known.clone());
            let name = format!("{}::{}::{storage}", runtime.name, case.name);
            let is_run = known.not_run(case, storage, runtime.name).is_none();
            let trial = Trial::test(name, move || {
                if !is_installed {
                    return Err("it is not installed: run tests/conformance/runtimes/setup".into());
                }
                let ended = runtime.run(composed.path()?, case, storage)?;
                match known.verdict(case, storage, runtime.name, case.judge(&ended)) {
                    Verdict::Passed | Verdict::Known(_) => Ok(()),
                    Verdict::Failed(reason) => Err(reason.into()),
                }
            });
            trials.push(trial.with_ignored_flag(!is_run || !is_installed && !is_required));
        }
    }
}

/// The suite with the guest provider plugged in, as a file; made once, and gone with the tests.
#[derive(Default)]
struct Composed(OnceLock<Result<(TempDir, PathBuf), String>>);

impl Composed {
    fn path(&self) -> Result<&Path, String> {
        let composed = self.0.get_or_init(|| {
            let composed = wasmtime_scratch::compose("suite", SUITE, "guest", GUEST_PROVIDER);
            let composed = composed.map_err(|error| error.to_string())?;
            let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
            let path = dir.path().join("suite.wasm");
            fs::write(&path, composed).map_err(|error| error.to_string())?;
            Ok((dir, path))
        });
        composed.as_ref().map(|(_, path)| path.as_path()).map_err(String::clone)
    }
}

impl Runtime {
    /// Runs a case in two new directories: one for its temporary files, and one that is granted beside it.
    fn run(&self, suite: &Path, case: &Case, storage: Storage) -> Result<Ended, Failed> {
        let dir = tempfile::tempdir()?;
        let [space, out] = ["space", "out"].map(|name| dir.path().join(name));
        fs::create_dir(&space)?;
        fs::create_dir(&out)?;
        let [interpreter, script] = self.adapter;
        let mut command = Command::new(interpreter);
        command
            .arg(Path::new(RUNTIMES).join(script))
            .arg(suite)
            .args(self.options);
        command.env("SCRATCH_RUNTIMES", runtimes());
        // Beside the suite: compiled once, and gone with it.
        command.arg("--cache").arg(suite.with_extension(self.name));
        if let Some(tmp) = case.tmp {
            command.args(["--dir", &format!("{}::{tmp}", space.display())]);
            command.args(["--env", &format!("TMPDIR={tmp}")]);
        }
        command.args(["--dir", &format!("{}::{OUT}", out.display()), "--"]);
        let Output { status, stdout, stderr } = command.args(case.args(storage)).output()?;
        Ok(Ended {
            failure: (!status.success()).then(|| status.to_string()),
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
            left: entries(&space)?,
            out: entries(&out)?,
        })
    }
}

/// Where `setup` has installed them.
fn runtimes() -> PathBuf {
    match env::var_os("SCRATCH_RUNTIMES") {
        Some(dir) => PathBuf::from(dir),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/runtimes"),
    }
}
