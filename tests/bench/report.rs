//! Everything that came out: for programs, and for those who read the sources.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::machine::Machine;
use crate::table::{Case, Shape, Table, Unit};
use crate::{chart, markdown};

pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) tables: Vec<Table>,
}

impl Report {
    /// Medians, ratios of the times, and every turn in nanoseconds.
    pub(crate) fn write_json(&self, path: &Path) -> Result<()> {
        let tables: Vec<Value> = self.tables.iter().map(table).collect();
        let all = json!({ "machine": self.machine, "tables": tables });
        let text = serde_json::to_string_pretty(&all)? + "\n";
        fs::write(path, text).with_context(|| format!("failed to write `{}`", path.display()))
    }

    /// The tables and the picture, beside the source of this.
    pub(crate) fn write_beside_source(&self) -> Result<()> {
        let here = workspace().join("tests/bench");
        let tables: Vec<String> = self.tables.iter().map(markdown::table).collect();
        let text = format!("{ABOUT}\n\n{}\n{}\n", tables.join("\n"), self.machine);
        fs::write(here.join("bench.md"), text)?;
        fs::write(here.join("bench.svg"), chart::svg(self))?;
        Ok(())
    }
}

/// What there is to know about every table.
const ABOUT: &str = "Temporary files in programs, measured by `just bench --write`: a release build, loops inside the guest, everything in one run. \
What is compared takes turns. What counts are the ratios.";

/// The folder of the workspace.
pub(crate) fn workspace() -> PathBuf {
    let mut path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    path.pop();
    path
}

fn table(table: &Table) -> Value {
    let Shape { name, title, unit, .. } = &table.shape;
    let cases = table.cases.iter().map(|of| case(of, *unit));
    json!({ "name": name, "title": title, "unit": unit.symbol(), "cases": cases.collect::<Vec<Value>>() })
}

fn case(case: &Case, unit: Unit) -> Value {
    let rows = case.rows.iter().map(|row| {
        json!({
            "name": row.name,
            "median": unit.of(row.median()),
            "ratio": case.ratio(row),
            "turns_nanoseconds": row.turns,
        })
    });
    json!({ "name": case.name, "rows": rows.collect::<Vec<Value>>() })
}
