//! What a person reads: a row for each case, and what failed.

use std::fmt::Write as _;

use scratch_conformance::{CASES, Case, Storage};

use super::runs::Run;
use super::{Mode, Summary};

/// The columns after the case: a storage of a mode each.
pub(super) struct Table {
    columns: Vec<(Mode, Storage)>,
    /// Of the longest name.
    width: usize,
}

/// Of a column, with the space after it.
const COLUMN: usize = 9;

impl Table {
    pub(super) fn new(modes: &[Mode]) -> Table {
        let columns = modes
            .iter()
            .flat_map(|mode| Storage::ALL.map(|storage| (*mode, storage)));
        Table {
            columns: columns.collect(),
            width: CASES.iter().map(|case| case.name.len()).max().unwrap_or(0) + 2,
        }
    }

    pub(super) fn head(&self) -> String {
        let (mut modes, mut storages) = (String::new(), String::new());
        for (index, (mode, storage)) in self.columns.iter().enumerate() {
            let is_first = index % Storage::ALL.len() == 0;
            let mode = if is_first { mode.name() } else { "" };
            let _ = write!(modes, "{mode:<COLUMN$}");
            let _ = write!(storages, "{storage:<COLUMN$}");
        }
        format!("{}\n{}\n", self.line("", &modes), self.line("case", &storages))
    }

    pub(super) fn row(&self, case: &Case, runs: &[Run]) -> String {
        let mut cells = String::new();
        for (mode, storage) in &self.columns {
            let run = runs
                .iter()
                .find(|run| run.mode == *mode && run.storage == storage.name());
            let cell = match run.map(|run| run.verdict) {
                None => "-",
                Some("passed") => "ok",
                Some("failed") => "FAILED",
                Some("not-run") => "not run",
                Some(other) => other,
            };
            let _ = write!(cells, "{cell:<COLUMN$}");
        }
        self.line(case.name, &cells) + "\n"
    }

    fn line(&self, name: &str, cells: &str) -> String {
        let line = format!("{name:<width$}{cells}", width = self.width);
        line.trim_end().to_owned()
    }
}

/// What failed and what is known, and the count.
pub(super) fn end(summary: &Summary<'_>) -> String {
    let mut text = String::new();
    for (verdict, word) in [("known", "known"), ("failed", "FAILED")] {
        for run in summary.runs.iter().filter(|run| run.verdict == verdict) {
            let about = Case::find(run.case).map_or("", |case| case.summary);
            let (mode, reason) = (run.mode.name(), run.reason.as_deref().unwrap_or("-"));
            let _ = write!(
                text,
                "\n{word} {} ({mode}, {}): {about}\n    {reason}\n",
                run.case, run.storage
            );
        }
    }
    if let Some(run) = summary.runs.iter().find(|run| run.verdict == "not-run") {
        let _ = write!(
            text,
            "\nnot run from {} on: {}\n",
            run.case,
            run.reason.as_deref().unwrap_or("-")
        );
    }
    let _ = write!(
        text,
        "\nscratch: {}: {} cases, {} runs: {} passed, {} known, {} failed",
        summary.provider,
        summary.cases,
        summary.runs.len(),
        summary.passed,
        summary.known,
        summary.failed
    );
    if summary.not_run > 0 {
        let _ = write!(text, ", {} not run", summary.not_run);
    }
    text.push('\n');
    text
}
