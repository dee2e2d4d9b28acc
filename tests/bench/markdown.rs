//! Tables for people, as Markdown.

use crate::table::{Layout, Row, Table, Unit};

/// The title, and the table below it.
pub(crate) fn table(table: &Table) -> String {
    let grid = match table.shape.layout {
        Layout::Long { cases, first } => long(table, cases, first),
        Layout::Wide { cases, ratio } => wide(table, cases, ratio),
    };
    let turns = table.rows().map(|row| row.turns.len()).max().unwrap_or_default();
    let turns = match turns {
        1 => "one turn".to_owned(),
        _ => format!("medians of {turns} turns"),
    };
    format!("{}; {turns}.\n\n{}", table.shape.title, grid.text())
}

struct Grid {
    /// So many columns are names; the others are numbers.
    names: usize,
    /// The heads are the first one.
    lines: Vec<Vec<String>>,
}

impl Grid {
    fn text(&self) -> String {
        let mut lines = self.lines.iter().map(|line| format!("| {} |\n", line.join(" | ")));
        let mut text = lines.next().unwrap_or_default();
        let numbers = self.lines[0].len() - self.names;
        text += &format!("|{}{}\n", " --- |".repeat(self.names), " ---: |".repeat(numbers));
        text.extend(lines);
        text
    }
}

fn long(table: &Table, cases: &str, first: &str) -> Grid {
    let unit = table.shape.unit;
    let has_cases = table.cases.len() > 1;
    let case = |name: &str| has_cases.then(|| name.to_owned());
    let heads = ["what", unit.symbol(), &format!("against {first}")].map(str::to_owned);
    let mut lines = vec![case(cases).into_iter().chain(heads).collect()];
    for of in &table.cases {
        for row in &of.rows {
            let cells = [row.name.clone(), number(unit, row), digits(of.ratio(row))];
            lines.push(case(&of.name).into_iter().chain(cells).collect());
        }
    }
    Grid {
        names: 1 + usize::from(has_cases),
        lines,
    }
}

fn wide(table: &Table, cases: &str, against: &str) -> Grid {
    let unit = table.shape.unit;
    let names = table.cases.first().map_or(&[][..], |case| &case.rows);
    let heads = names.iter().map(|row| format!("{}, {}", row.name, unit.symbol()));
    let mut lines = vec![
        [cases.to_owned()]
            .into_iter()
            .chain(heads)
            .chain([against.to_owned()])
            .collect(),
    ];
    for case in &table.cases {
        let numbers = case.rows.iter().map(|row| number(unit, row));
        let last = case.rows.last().map(|row| digits(case.ratio(row)));
        lines.push([case.name.clone()].into_iter().chain(numbers).chain(last).collect());
    }
    Grid { names: 1, lines }
}

fn number(unit: Unit, row: &Row) -> String {
    digits(unit.of(row.median()))
}

/// With two digits that count, at least.
fn digits(number: f64) -> String {
    let mut decimals = match number {
        ..100.0 => 2,
        ..1000.0 => 1,
        _ => 0,
    };
    let mut left = number;
    while left < 0.1 && decimals < 6 {
        left *= 10.0;
        decimals += 1;
    }
    format!("{number:.decimals$}")
}
