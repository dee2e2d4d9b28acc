//! `scratch list`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use indicatif::{BinaryBytes, HumanCount, HumanDuration};
use wasmtime_scratch::{Base, Listed, Listing, SpaceState};

use crate::sweep::not_ours;
use crate::{SCRATCH_FAILED, count as count_of, say_out};

/// Something is left of dead hosts.
const NOT_CLEAN: i32 = 1;

/// Show what is in a base.
#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0 if all that is there is in use; 1 if dead hosts left something, or something could not be \
removed; 2 for wrong usage; 125 if the base was refused."
)]
pub(crate) struct List {
    /// The base, found as by `scratch run`.
    #[arg(long, value_name = "DIR")]
    base: Option<PathBuf>,

    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(crate) fn execute(self) -> i32 {
        self.list().unwrap_or_else(|error| crate::fail(&error, SCRATCH_FAILED))
    }

    fn list(self) -> Result<i32> {
        let path = crate::base::path(self.base, std::iter::empty());
        let found = Base::list(&path)?;
        let listing = found.clone().unwrap_or_default();
        if self.json {
            let json = serde_json::to_string(&listing).context("failed to write the listing")?;
            say_out(&(json + "\n"))?;
        } else if found.is_none() {
            say_out(&format!("there is no base at `{}`\n", path.display()))?;
        } else {
            say_out(&table(&listing))?;
        }
        let is_clean = listing.spaces.iter().all(|space| space.state == SpaceState::Live);
        Ok(if is_clean { 0 } else { NOT_CLEAN })
    }
}

fn table(listing: &Listing) -> String {
    let mut text = String::new();
    if !listing.spaces.is_empty() {
        let rows: Vec<[String; 6]> = listing.spaces.iter().map(row).collect();
        let head = ["state", "label", "age", "bytes", "entries", "holder"].map(str::to_owned);
        let width = |column: usize| {
            let all = rows.iter().chain([&head]);
            all.map(|row| row[column].chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..head.len()).map(width).collect();
        for row in [&head].into_iter().chain(&rows) {
            let cells = row.iter().zip(&widths).enumerate();
            let line = cells.fold(String::new(), |line, (column, (cell, width))| match column {
                // Numbers to the right.
                3 | 4 => line + &format!("{cell:>width$}  "),
                _ => line + &format!("{cell:<width$}  "),
            });
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
    let count = |state| listing.spaces.iter().filter(|space| space.state == state).count();
    let (live, stale, residue) = (
        count(SpaceState::Live),
        count(SpaceState::Stale),
        count(SpaceState::Residue),
    );
    let _ = writeln!(
        text,
        "{live} live, {stale} stale, {residue} residue; {}: {}",
        count_of(listing.live_hosts, "host", "hosts"),
        match (stale, residue) {
            (0, 0) => "nothing to do",
            (_, 0) => "run `scratch sweep` to remove what is stale",
            (0, _) => "run `scratch sweep` to try the residue again; it says why it cannot be removed",
            _ => "run `scratch sweep` to remove what is stale, and to try the residue again",
        }
    );
    text + &not_ours(&listing.foreign)
}

fn row(space: &Listed) -> [String; 6] {
    let at_least = if space.is_counted { "" } else { ">" };
    [
        match space.state {
            SpaceState::Live => "live",
            SpaceState::Stale => "stale",
            _ => "residue",
        }
        .to_owned(),
        space.label.clone().unwrap_or_else(|| "-".to_owned()),
        HumanDuration(Duration::from_secs(space.age_seconds)).to_string(),
        against(
            format!("{at_least}{}", BinaryBytes(space.bytes)),
            space.max_bytes.map(|bytes| BinaryBytes(bytes).to_string()),
        ),
        against(
            format!("{at_least}{}", HumanCount(space.entries)),
            space.max_entries.map(|entries| HumanCount(entries).to_string()),
        ),
        space
            .holder
            .as_ref()
            .map_or_else(|| "-".to_owned(), |holder| format!("{} {}", holder.program, holder.pid)),
    ]
}

/// How much there is, of how much there may be.
fn against(now: String, most: Option<String>) -> String {
    match most {
        Some(most) => format!("{now} of {most}"),
        None => now,
    }
}
