//! `scratch check`: the conformance suite, for people who write providers.

mod random;
mod runs;
mod table;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use clap::ValueEnum;
use scratch_conformance::{CASES, Case, Known};
use serde::Serialize;
use tokio::sync::Semaphore;
use wasmtime_scratch::Escaped;

use self::runs::{Run, Runs};
use self::table::Table;
use crate::USAGE;
use crate::input::{self, NATIVE};
use crate::options::parse_timeout;
use crate::output;
use crate::signals::Signals;

/// After so many runs that met their deadline the rest is not run: a provider that loops would keep a person waiting for hours.
const MAX_DEADLINES: usize = 4;

/// Check that a provider of `scratch:tempfile` does what the contract says.
///
/// Each case is a small program. It runs with the provider linked, as `scratch run --provider FILE` does it, and composed, as
/// other runtimes have it; with files on disk from the start, and where the provider chooses. A provider that leaves something
/// behind in a drop fails when it is linked even though the host removes it. `native` is the host itself, in a mode of its own.
#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0 if all is as the contract says; 1 if not, or the provider cannot be loaded; 2 for wrong usage."
)]
pub(crate) struct Check {
    /// The provider: a component that exports `scratch:tempfile`, `guest` for the built-in one, or `native` for the host.
    #[arg(value_name = "PROVIDER.wasm|guest|native", required_unless_present = "list")]
    provider: Option<String>,

    /// Only this case; may be given more than once.
    #[arg(long = "case", value_name = "NAME", value_parser = case)]
    cases: Vec<&'static Case>,

    /// Only this way to provide; may be given more than once.
    #[arg(long = "mode", value_enum)]
    modes: Vec<Mode>,

    /// Differences that are known, as TOML: tables `[[difference]]` with `case`, `reason`, and if need be `storage` and `mode`.
    #[arg(long, value_name = "FILE")]
    known: Option<PathBuf>,

    /// How long a run may take, in seconds or as 500ms. The longest makes 100,000 files.
    #[arg(long, value_name = "TIME", default_value = "300", value_parser = parse_timeout)]
    timeout: Duration,

    /// Write what came out as JSON, too.
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,

    /// List the cases, and run none.
    #[arg(long, conflicts_with_all = ["provider", "modes", "known", "json"])]
    list: bool,
}

/// Where the provider is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Mode {
    /// In the host.
    Native,
    /// In the program's store, the host between the two.
    Linked,
    /// In the program.
    Composed,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Mode::Native => "native",
            Mode::Linked => "linked",
            Mode::Composed => "composed",
        }
    }
}

/// What came out, as JSON.
#[derive(Serialize)]
struct Summary<'a> {
    /// The version of this form. A field may be added within one version; none changes its meaning or goes.
    schema: u32,
    provider: &'a str,
    cases: usize,
    passed: usize,
    known: usize,
    failed: usize,
    not_run: usize,
    runs: &'a [Run],
}

/// How a provider can be had.
fn modes_of(provider: &str) -> &'static [Mode] {
    match provider {
        NATIVE => &[Mode::Native],
        _ => &[Mode::Linked, Mode::Composed],
    }
}

fn case(name: &str) -> Result<&'static Case, String> {
    Case::find(name).ok_or_else(|| "there is no such case; `scratch check --list` shows all".to_owned())
}

impl Check {
    pub(crate) fn execute(self) -> i32 {
        let provider = self.provider.as_deref().unwrap_or(NATIVE);
        let modes = modes_of(provider);
        if let Some(mode) = self.modes.iter().find(|mode| !modes.contains(mode)) {
            crate::say(&format!(
                "error: `{}` is not provided in the mode `{}`\n",
                Escaped(provider),
                mode.name()
            ));
            return USAGE;
        }
        let is_wanted = |mode: &Mode| self.modes.is_empty() || self.modes.contains(mode);
        let modes: Vec<Mode> = modes.iter().copied().filter(is_wanted).collect();
        let done = match self.list {
            true => self.list(),
            false => self.check(&modes),
        };
        match done {
            Ok(code) => code,
            // Without a verdict there is no success, whatever the reason.
            Err(error) => crate::fail(&error, 1).max(1),
        }
    }

    fn cases(&self) -> Vec<&'static Case> {
        match self.cases.is_empty() {
            true => CASES.iter().collect(),
            false => self.cases.clone(),
        }
    }

    fn list(&self) -> Result<i32> {
        for case in self.cases() {
            crate::say_out(&format!("{:<35} {}\n", case.name, case.summary))?;
        }
        Ok(0)
    }

    fn check(self, modes: &[Mode]) -> Result<i32> {
        let known = match &self.known {
            None => Known::default(),
            Some(path) => {
                let text = fs::read_to_string(path);
                let text = text.with_context(|| format!("failed to read `{}`", path.display()))?;
                Known::parse(&text).with_context(|| format!("in `{}`", path.display()))?
            }
        };
        let provider = self.provider.as_deref().unwrap_or(NATIVE);
        let (name, runs) = match provider {
            NATIVE => (NATIVE.to_owned(), Runs::native(known, self.timeout)?),
            path => {
                let provider = input::provider(path)?;
                let runs = Runs::new(&provider, modes, known, self.timeout)?;
                (provider.name, runs)
            }
        };
        let runs = Arc::new(runs);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let cases = self.cases();
        let finished = runtime.block_on(async {
            let mut signals = Signals::catch()?;
            tokio::select! {
                finished = run_all(&runs, &cases, modes) => finished.map(Ok),
                number = signals.next() => Ok(Err(128 + number)),
            }
        });
        runtime.shutdown_timeout(Duration::ZERO);
        let finished = match finished? {
            Ok(finished) => finished,
            Err(interrupted) => {
                runs.remove_all()?;
                return Ok(interrupted);
            }
        };
        self.conclude(&name, cases.len(), &finished)
    }

    fn conclude(&self, provider: &str, cases: usize, runs: &[Run]) -> Result<i32> {
        let count = |verdict: &str| runs.iter().filter(|run| run.verdict == verdict).count();
        let summary = Summary {
            schema: 1,
            provider,
            cases,
            passed: count("passed"),
            known: count("known"),
            failed: count("failed"),
            not_run: count("not-run"),
            runs,
        };
        crate::say_out(&table::end(&summary))?;
        if let Some(path) = &self.json {
            let json = serde_json::to_string(&summary)? + "\n";
            output::write(path, json.as_bytes())?;
        }
        Ok(i32::from(summary.failed + summary.not_run > 0))
    }
}

/// Every case in every mode and storage, as many at once as there are cores; a row is printed when it is complete.
async fn run_all(runs: &Arc<Runs>, cases: &[&'static Case], modes: &[Mode]) -> Result<Vec<Run>> {
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    let turns = Arc::new(Semaphore::new(at_once));
    let mut tasks = Vec::new();
    for &case in cases {
        for &mode in modes {
            for &storage in case.storages {
                let (runs, turns) = (Arc::clone(runs), Arc::clone(&turns));
                let task = tokio::spawn(async move {
                    let turn = turns.acquire().await;
                    let run = runs.run(case, mode, storage).await;
                    drop(turn);
                    run
                });
                tasks.push((case, task));
            }
        }
    }
    let table = Table::new(modes);
    crate::say_out(&table.head())?;
    let mut finished: Vec<Run> = Vec::with_capacity(tasks.len());
    let mut row = Vec::new();
    let mut tasks = tasks.into_iter().peekable();
    while let Some((case, task)) = tasks.next() {
        row.push(
            task.await
                .map_err(|error| anyhow!("`{}` was lost: {error}", case.name))??,
        );
        let is_complete = tasks.peek().is_none_or(|(next, _)| next.name != case.name);
        if is_complete {
            crate::say_out(&table.row(case, &row))?;
            finished.append(&mut row);
        }
    }
    ensure!(!finished.is_empty(), "there is nothing to run");
    Ok(finished)
}
