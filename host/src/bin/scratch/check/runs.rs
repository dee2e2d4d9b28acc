//! One run of a case: its world, and what became of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use scratch_conformance::{Case, Ended, Known, OUT, SMALL, SUITE, Storage, Verdict, entries};
use serde::Serialize;
use tempfile::TempDir;
use wasmtime_scratch::{Base, BaseLimits, Command, Limits, Outcome, Program, Provider, Report, Runner, compose};
use wasmtime_wasi::FsPerms;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

use super::random::SameThenRandom;
use super::{MAX_DEADLINES, Mode};
use crate::input::Input;

/// What a case may print, in bytes: it says `ok`, or why not.
const OUTPUT_BYTES: usize = 64 << 10;

/// What all runs share.
pub(super) struct Runs {
    runner: Runner,
    /// In each mode.
    prepared: Vec<(Mode, Program, Provider)>,
    known: Known,
    timeout: Duration,
    deadlines: AtomicUsize,
    /// A directory for each run, with the base and the directory that is granted.
    dir: TempDir,
}

/// What became of a run.
#[derive(Serialize)]
pub(super) struct Run {
    pub(super) case: &'static str,
    pub(super) mode: Mode,
    pub(super) storage: &'static str,
    /// `passed`, `known`, `failed` or `not-run`.
    pub(super) verdict: &'static str,
    /// What failed, or why that is known.
    pub(super) reason: Option<String>,
    seconds: f64,
}

impl Runs {
    /// Compiles what the modes need.
    pub(super) fn new(provider: &Input, modes: &[Mode], known: Known, timeout: Duration) -> Result<Runs> {
        let mut runs = Runs::empty(known, timeout)?;
        let runner = &runs.runner;
        // In every mode: what cannot be linked is no provider, and this is what says why.
        let linked = runner.provider(&provider.name, &provider.bytes)?;
        if modes.contains(&Mode::Linked) {
            let program = runner.program("suite", SUITE)?;
            runs.prepared.push((Mode::Linked, program, Provider::Linked(linked)));
        }
        if modes.contains(&Mode::Composed) {
            let composed = compose("suite", SUITE, &provider.name, &provider.bytes)?;
            let program = runner.program("suite", &composed)?;
            // It imports nothing that somebody would have to provide.
            runs.prepared.push((Mode::Composed, program, Provider::Native));
        }
        Ok(runs)
    }

    /// Compiles what the native mode needs.
    pub(super) fn native(known: Known, timeout: Duration) -> Result<Runs> {
        let mut runs = Runs::empty(known, timeout)?;
        let program = runs.runner.program("suite", SUITE)?;
        runs.prepared.push((Mode::Native, program, Provider::Native));
        Ok(runs)
    }

    fn empty(known: Known, timeout: Duration) -> Result<Runs> {
        let dir = tempfile::Builder::new().prefix("scratch-check-").tempdir();
        Ok(Runs {
            runner: Runner::new()?,
            prepared: Vec::new(),
            known,
            timeout,
            deadlines: AtomicUsize::new(0),
            dir: dir.context("failed to create a directory for the runs")?,
        })
    }

    /// Removes the directories of runs that were cut short.
    pub(super) fn remove_all(&self) -> Result<()> {
        let dir = self.dir.path();
        std::fs::remove_dir_all(dir).with_context(|| format!("failed to remove `{}`", dir.display()))
    }

    pub(super) async fn run(&self, case: &'static Case, mode: Mode, storage: Storage) -> Result<Run> {
        let started = Instant::now();
        let (verdict, reason) = if self.deadlines.load(Ordering::Relaxed) >= MAX_DEADLINES {
            let reason = format!("{MAX_DEADLINES} runs before it did not end within {:?}", self.timeout);
            ("not-run", Some(reason))
        } else if mode == Mode::Native && case.same_random_bytes > 0 {
            (
                "known",
                Some("the host's own random numbers cannot be replaced".to_owned()),
            )
        } else if let Some(reason) = self.known.not_run(case, storage, mode.name()) {
            ("known", Some(reason.to_owned()))
        } else {
            let ended = self.run_in_its_world(case, mode, storage).await?;
            match self.known.verdict(case, storage, mode.name(), case.judge(&ended)) {
                Verdict::Passed => ("passed", None),
                Verdict::Known(reason) => ("known", Some(reason)),
                Verdict::Failed(reason) => ("failed", Some(reason)),
            }
        };
        Ok(Run {
            case: case.name,
            mode,
            storage: storage.name(),
            verdict,
            reason,
            seconds: started.elapsed().as_secs_f64(),
        })
    }

    async fn run_in_its_world(&self, case: &'static Case, mode: Mode, storage: Storage) -> Result<Ended> {
        let dir = TempDir::new_in(self.dir.path()).context("failed to create the directory of a run")?;
        let granted = dir.path().join("out");
        std::fs::create_dir(&granted).context("failed to create the directory that a case is granted")?;
        let (stdout, stderr) = (MemoryOutputPipe::new(OUTPUT_BYTES), MemoryOutputPipe::new(OUTPUT_BYTES));
        let mut command = Command::new();
        command.args(&["suite"]).args(&case.args(storage));
        command.tmp(case.tmp).dir(&granted, OUT, FsPerms::ReadWrite);
        command.wasi().stdout(stdout.clone()).stderr(stderr.clone());
        if case.same_random_bytes > 0 {
            command
                .wasi()
                .secure_random(SameThenRandom::new(case.same_random_bytes));
        }
        // A drop that does not return is named as such, and not as the program's deadline.
        command.timeout(self.timeout).drop_timeout(self.timeout / 2);
        command.allow_blocking_current_thread(true);
        let (_, program, provider) = self
            .prepared
            .iter()
            .find(|(prepared, ..)| *prepared == mode)
            .context("the mode was not prepared")?;

        // Of most cases it is asked what the provider does, and not where a limit is met.
        let mut unlimited = BaseLimits::default();
        unlimited.bytes = Some(u64::MAX);
        unlimited.open_files = Some(u64::MAX);
        let base = Base::open_within(dir.path().join("base"), unlimited)?;
        let limits = match case.is_limited {
            true => small(),
            false => Limits::UNLIMITED,
        };
        let space = base.space_within(None, limits);
        let outcome = self.runner.run(program, provider, command, &space).await?;
        let left = space.entries();
        let out = entries(&granted).context("failed to list the directory that a case was granted")?;
        let report = space.end_async().await;
        base.close();
        let text = |pipe: &MemoryOutputPipe| String::from_utf8_lossy(&pipe.contents()).into_owned();
        let mut stderr = text(&stderr);
        let failure = self.failure(&outcome, &report);
        if report.violation_count > 0 {
            // What the host found is nearer to the cause than what the program made of it.
            stderr.clear();
        }
        Ok(Ended {
            failure,
            stdout: text(&stdout),
            stderr,
            left,
            out,
        })
    }

    /// How a run ended, in words, if not well.
    fn failure(&self, outcome: &Outcome, report: &Report) -> Option<String> {
        let mut failures: Vec<String> = Vec::new();
        for violation in report.violations.iter().take(1) {
            failures.push(format!(
                "violation: {} of a {}: {}{}",
                violation.call,
                violation.resource,
                violation.kind,
                violation
                    .entries
                    .iter()
                    .map(|entry| format!(" `{entry}`"))
                    .collect::<String>()
            ));
        }
        match outcome {
            Outcome::Exit { code: 0 } => {}
            Outcome::Exit { code } => failures.push(format!("exit {code}")),
            Outcome::Trap { message, .. } => failures.push(message.clone()),
            Outcome::Deadline { .. } => failures.push(format!("it did not end within {:?}", self.timeout)),
            other => failures.push(format!("{other:?}")),
        }
        let timed_out = report.violations.iter().any(|violation| violation.kind == "timed-out");
        if timed_out || matches!(outcome, Outcome::Deadline { .. }) {
            self.deadlines.fetch_add(1, Ordering::Relaxed);
        }
        if report.residue_count > 0 || report.receipt.entries_left > 0 {
            failures.push(format!("{} entries could not be removed", report.receipt.entries_left));
        }
        (!failures.is_empty()).then(|| failures.join("; "))
    }
}

fn small() -> Limits {
    let mut limits = Limits::UNLIMITED;
    limits.bytes = SMALL.bytes;
    limits.file_bytes = SMALL.file_bytes;
    limits.entries = SMALL.entries;
    limits.open_files = SMALL.open_files;
    limits.depth = SMALL.depth;
    limits
}
