//! Everything that came out, for programs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::machine::Machine;
use crate::table::{Case, Shape, Table, Unit};

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
}

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
