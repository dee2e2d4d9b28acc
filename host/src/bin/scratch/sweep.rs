//! `scratch sweep`.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use indicatif::{BinaryBytes, HumanCount, ProgressBar, ProgressStyle};
use wasmtime_scratch::{Base, Listing, SpaceState, Swept};

use crate::options::ReportTo;
use crate::output;
use crate::{SCRATCH_FAILED, count, say_out};

/// Something is left.
const NOT_CLEAN: i32 = 1;

/// How often the progress is shown anew.
const REFRESH: Duration = Duration::from_millis(100);

/// Remove what dead hosts left in a base.
#[derive(clap::Args)]
#[command(
    after_help = "What is in use is never touched, and neither is what scratch did not make.\n\n\
Exit codes: 0 if nothing is left of dead hosts; 1 if something is; 2 for wrong usage; 125 if the base was refused."
)]
pub(crate) struct Sweep {
    /// The base, found as by `scratch run`.
    #[arg(long, value_name = "DIR")]
    base: Option<PathBuf>,

    /// Only say what would be removed.
    #[arg(long)]
    dry_run: bool,

    /// Print what was removed (`text`, as without it), or write it to a file (`json=PATH`); may be given twice.
    #[arg(long = "report", value_name = "text|json=PATH")]
    reports: Vec<ReportTo>,
}

impl Sweep {
    pub(crate) fn execute(mut self) -> i32 {
        let path = crate::base::path(self.base.take(), std::iter::empty());
        let swept = match self.dry_run {
            true => self.look(&path),
            false => self.sweep(&path),
        };
        swept.unwrap_or_else(|error| crate::fail(&error, SCRATCH_FAILED))
    }

    fn look(&self, path: &Path) -> Result<i32> {
        let listing = Base::list(path)?.unwrap_or_default();
        let Listing { spaces, foreign, .. } = &listing;
        let left: Vec<_> = spaces.iter().filter(|space| space.state != SpaceState::Live).collect();
        let entries: u64 = left.iter().map(|space| space.entries).sum();
        let bytes: u64 = left.iter().map(|space| space.bytes).sum();
        say_out(&format!(
            "scratch: {} of dead hosts, with {} and {}: nothing was removed\n{}",
            count(u64::try_from(left.len())?, "directory", "directories"),
            count(entries, "entry", "entries"),
            BinaryBytes(bytes),
            not_ours(foreign),
        ))?;
        self.write(&serde_json::json!({ "dry_run": true, "spaces": left, "foreign": foreign }))?;
        Ok(if left.is_empty() { 0 } else { NOT_CLEAN })
    }

    fn sweep(&self, path: &Path) -> Result<i32> {
        if Base::list(path)?.is_none() {
            // Nothing is made for looking.
            let nothing = Swept::default();
            say_out(&format!("scratch: there is no base at `{}`\n", path.display()))?;
            self.write(&serde_json::json!(nothing))?;
            return Ok(0);
        }
        let base = Base::open(path)?;
        let swept = drain(&base);
        base.close();
        let foreign = Base::list(path)?.unwrap_or_default().foreign;
        let mut text = format!(
            "scratch: {}, {} with {} removed, {} left\n",
            count(swept.hosts, "dead host", "dead hosts"),
            count(swept.entries, "entry", "entries"),
            BinaryBytes(swept.bytes),
            HumanCount(swept.residue_count),
        );
        for residue in &swept.residue {
            text += &format!("  residue    `{}`: {}\n", residue.entry.escape_debug(), residue.reason);
        }
        say_out(&(text + &not_ours(&foreign)))?;
        self.write(&serde_json::json!(swept))?;
        Ok(if swept.residue_count == 0 { 0 } else { NOT_CLEAN })
    }

    fn write(&self, report: &serde_json::Value) -> Result<()> {
        for to in &self.reports {
            if let ReportTo::Json(path) = to {
                output::write(path, format!("{report}\n").as_bytes())?;
            }
        }
        Ok(())
    }
}

/// Waits for the removal, and shows on a terminal how far it is.
fn drain(base: &Base) -> Swept {
    if !std::io::stderr().is_terminal() {
        return base.drain();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} entries removed, {per_sec}") {
        bar.set_style(style);
    }
    let swept = std::thread::scope(|scope| {
        let draining = scope.spawn(|| base.drain());
        while !draining.is_finished() {
            bar.set_position(base.reaped());
            std::thread::sleep(REFRESH);
        }
        draining.join()
    });
    bar.finish_and_clear();
    swept.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// What is in the base and nobody of us made, in words.
pub(crate) fn not_ours(foreign: &[String]) -> String {
    match foreign {
        [] => String::new(),
        names => {
            let names: Vec<String> = names.iter().map(|name| format!("`{}`", name.escape_debug())).collect();
            format!("not made by scratch, and left alone: {}\n", names.join(", "))
        }
    }
}
