//! What is measured: cases, in each of them rows that are compared with the first one, and a time for every turn.

use std::pin::Pin;

use anyhow::Result;

/// What a table is, whatever comes out.
pub(crate) struct Shape {
    /// For programs.
    pub(crate) name: &'static str,
    /// For people: what is measured, and how.
    pub(crate) title: String,
    pub(crate) unit: Unit,
    pub(crate) layout: Layout,
}

/// How people see a time.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Microseconds,
    Seconds,
    /// Of so many bytes in that time.
    MegabytesPerSecond {
        bytes: u32,
    },
}

/// How people see a table.
#[derive(Clone, Copy)]
pub(crate) enum Layout {
    /// A line for each row.
    Long {
        /// What the cases are; not shown if there is but one.
        cases: &'static str,
        /// What the first row is.
        first: &'static str,
    },
    /// A line for each case, a column for each row.
    Wide {
        /// What the cases are.
        cases: &'static str,
        /// What the last row's ratio to the first one is.
        ratio: &'static str,
    },
}

/// Nanoseconds that are being measured. Boxed, since Rust 1.95 cannot see of an async closure that a task may have it.
pub(crate) type Measuring<'a> = Pin<Box<dyn Future<Output = Result<f64>> + Send + 'a>>;

/// Something to do or somebody to do it, with its name for people.
pub(crate) type Named<T> = (String, T);

pub(crate) struct Table {
    pub(crate) shape: Shape,
    pub(crate) cases: Vec<Case>,
}

/// One thing that is done, such as the life of a file of one size.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) rows: Vec<Row>,
}

/// Who does it, or beside how much else.
pub(crate) struct Row {
    pub(crate) name: String,
    /// Nanoseconds, one for each turn.
    pub(crate) turns: Vec<f64>,
}

impl Shape {
    /// Measures every row of every case once in each turn, so that whatever slows the machine down for a while does so for all
    /// of them.
    pub(crate) async fn measure<'a, C: Copy, R: Copy>(
        self,
        turns: usize,
        cases: &[Named<C>],
        rows: &[Named<R>],
        measure: impl Fn(C, R) -> Measuring<'a>,
    ) -> Result<Table> {
        let mut table = self.table(cases, rows);
        for _ in 0..turns {
            for (case, (_, what)) in table.cases.iter_mut().zip(cases) {
                for (row, (_, who)) in case.rows.iter_mut().zip(rows) {
                    row.turns.push(measure(*what, *who).await?);
                }
            }
        }
        Ok(table)
    }

    /// A table without any turn.
    pub(crate) fn table<C, R>(self, cases: &[Named<C>], rows: &[Named<R>]) -> Table {
        let row = |(name, _): &Named<R>| Row {
            name: name.clone(),
            turns: Vec::new(),
        };
        let case = |(name, _): &Named<C>| Case {
            name: name.clone(),
            rows: rows.iter().map(row).collect(),
        };
        Table {
            shape: self,
            cases: cases.iter().map(case).collect(),
        }
    }
}

impl Unit {
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Unit::Microseconds => "µs",
            Unit::Seconds => "s",
            Unit::MegabytesPerSecond { .. } => "MB/s",
        }
    }

    pub(crate) fn of(self, nanoseconds: f64) -> f64 {
        match self {
            Unit::Microseconds => nanoseconds / 1e3,
            Unit::Seconds => nanoseconds / 1e9,
            Unit::MegabytesPerSecond { bytes } => f64::from(bytes) * 1e3 / nanoseconds,
        }
    }
}

impl Table {
    /// Of all cases.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.cases.iter().flat_map(|case| &case.rows)
    }
}

impl Case {
    /// The median of a row over that of the first one.
    pub(crate) fn ratio(&self, row: &Row) -> f64 {
        let first = self.rows.first().map_or(f64::NAN, Row::median);
        row.median() / first
    }
}

impl Row {
    /// The middle one of an odd number of turns, in nanoseconds.
    pub(crate) fn median(&self) -> f64 {
        let mut turns = self.turns.clone();
        turns.sort_by(f64::total_cmp);
        turns.get(turns.len() / 2).copied().unwrap_or(f64::NAN)
    }
}
