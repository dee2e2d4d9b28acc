//! The table, for people: as Markdown and as a picture.

use std::fmt::Write as _;

use crate::{End, Subject};

/// What there is to know about every table.
const ABOUT: &str = "Entries left on the host's disk. Each program makes a temporary directory with two files, and a named temporary file beside \
it, and ends with all of them open. Every number is a run, counted from outside.";

const NOTES: [&str; 3] = [
    "Deadline: of a native program, `timeout` of coreutils, which sends SIGTERM; else the runtime's own. Memory refused: \
`ulimit -v` of a native program; else the runtime's own limit.",
    "SIGTERM and SIGKILL go to the process of the program, or of the runtime that it is in. What scratch leaves after a \
SIGKILL is counted with the dead host's own directories and its lock.",
    "Started again: the same program in the same place, which returns.",
];

/// One row: a way to end, and the entries left by each subject.
pub(crate) struct Row {
    pub(crate) end: End,
    pub(crate) cells: Vec<Option<usize>>,
}

pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
    notes: Vec<String>,
}

impl Table {
    pub(crate) fn new(more: Vec<String>) -> Table {
        let notes = NOTES.map(str::to_owned).into_iter().chain(more);
        Table {
            rows: Vec::new(),
            notes: notes.collect(),
        }
    }

    pub(crate) fn markdown(&self) -> String {
        let heads = Subject::ALL.map(|subject| subject.title().join("<br>"));
        let mut text = format!(
            "{ABOUT}\n\n| | {} |\n| --- |{}\n",
            heads.join(" | "),
            " ---: |".repeat(heads.len())
        );
        for Row { end, cells } in &self.rows {
            let cells: Vec<String> = cells.iter().map(|left| number(*left)).collect();
            text += &format!("| {} | {} |\n", end.title(), cells.join(" | "));
        }
        for note in &self.notes {
            text += &format!("\n{note}\n");
        }
        text
    }

    /// Every cell has a ground of its own: it can be read on any background.
    pub(crate) fn svg(&self) -> String {
        const HEAD: Shape = Shape { width: 210, height: 48 };
        const CELL: Shape = Shape { width: 128, height: 34 };
        const GAP: usize = 3;
        const GREY: &str = "#57606a";
        let left = |column: usize| HEAD.width + GAP + column * (CELL.width + GAP);
        let top = |row: usize| HEAD.height + GAP + row * (CELL.height + GAP);
        let (width, height) = (left(Subject::ALL.len()), top(self.rows.len()));
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             font-family=\"system-ui, sans-serif\" font-size=\"14\" role=\"img\">\n<title>Entries left on the host's disk</title>\n"
        );
        let what = ["entries left on the", "host's disk, counted"];
        svg += &HEAD.cell(0, 0, GREY, &what);
        for (column, subject) in Subject::ALL.into_iter().enumerate() {
            let shape = Shape {
                width: CELL.width,
                ..HEAD
            };
            svg += &shape.cell(left(column), 0, GREY, &subject.title());
        }
        for (row, Row { end, cells }) in self.rows.iter().enumerate() {
            let shape = Shape {
                width: HEAD.width,
                ..CELL
            };
            svg += &shape.cell(0, top(row), GREY, &[end.title()]);
            for (column, count) in cells.iter().enumerate() {
                let colour = match count {
                    Some(0) => "#1a7f37",
                    Some(_) => "#b62324",
                    None => GREY,
                };
                svg += &CELL.cell(left(column), top(row), colour, &[&number(*count)]);
            }
        }
        svg + "</svg>\n"
    }
}

/// In pixels.
struct Shape {
    width: usize,
    height: usize,
}

impl Shape {
    /// A box with lines of text in its middle.
    fn cell(&self, x: usize, y: usize, colour: &str, lines: &[&str]) -> String {
        const LINE: usize = 18;
        let Shape { width, height } = self;
        let mut svg =
            format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"4\" fill=\"{colour}\"/>\n");
        let first = y + (height - lines.len() * LINE) / 2 + 14;
        for (number, line) in lines.iter().enumerate() {
            let (x, y) = (x + width / 2, first + number * LINE);
            let _ = writeln!(
                svg,
                "<text x=\"{x}\" y=\"{y}\" fill=\"#ffffff\" text-anchor=\"middle\">{line}</text>"
            );
        }
        svg
    }
}

fn number(left: Option<usize>) -> String {
    left.map_or_else(|| "–".to_owned(), |left| left.to_string())
}
