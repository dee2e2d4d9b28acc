//! The picture: how long everybody takes against the first row of each case, on a logarithmic scale.

use std::fmt::Write as _;

use crate::ours::Provided;
use crate::report::Report;
use crate::subject::{Storage, Subject};
use crate::table::Case;

const TITLE: &str = "Time against the native crate tempfile on disk";
const ABOUT: &str = "Left is faster. Logarithmic scale, medians.";

/// The tables that are drawn, and what they are called here.
const DRAWN: [(&str, &str); 5] = [
    ("life", "create, write, read back, drop"),
    ("writes", "write 8 MiB in chunks"),
    ("reads", "read 8 MiB in chunks"),
    ("directory", "a directory with 100 files"),
    ("sort", "sort 200 MB of text, against coreutils"),
];

const TEXT: &str = "#1f2328";
const GREY: &str = "#57606a";
const PALE: &str = "#e6eaef";

// In pixels.
const WIDTH: f64 = 900.0;
const MARGIN: f64 = 24.0;
/// Where the scale begins.
const LEFT: f64 = 110.0;
const LINE: f64 = 24.0;
const RADIUS: f64 = 5.5;

/// Has a ground of its own: it can be read on any background.
pub(crate) fn svg(report: &Report) -> String {
    let groups: Vec<(&str, &[Case])> = DRAWN
        .into_iter()
        .filter_map(|(name, title)| {
            let table = report.tables.iter().find(|table| table.shape.name == name)?;
            Some((title, table.cases.as_slice()))
        })
        .collect();
    let scale = Scale::over(groups.iter().flat_map(|(_, cases)| *cases));

    let mut page = Page {
        y: MARGIN,
        svg: String::new(),
    };
    page.text(MARGIN, "font-weight=\"bold\" font-size=\"17\"", TITLE);
    page.down(1.0);
    page.text(MARGIN, "", ABOUT);
    page.down(1.0);
    page.legend();
    page.down(1.5);
    let top = page.y;
    let under = page.svg.len();
    for (title, cases) in groups {
        page.text(MARGIN, "font-weight=\"bold\"", title);
        page.down(1.0);
        for case in cases {
            page.case(case, &scale);
        }
        page.down(0.25);
    }
    let grid = scale.grid(top, page.y);
    page.svg.insert_str(under, &grid);
    page.down(1.5);
    for line in [report.machine.hardware(), report.machine.software()] {
        page.text(MARGIN, "font-size=\"12\"", &line);
        page.down(0.75);
    }
    let (svg, height) = (page.svg, page.y);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"14\" fill=\"{TEXT}\" role=\"img\">\n<title>{TITLE}</title>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" rx=\"6\" fill=\"#ffffff\"/>\n{svg}</svg>\n"
    )
}

/// Decades, from left to right.
struct Scale {
    first: i32,
    last: i32,
}

impl Scale {
    /// One on which every ratio has a place.
    fn over<'a>(cases: impl Iterator<Item = &'a Case>) -> Scale {
        let mut scale = Scale { first: -1, last: 1 };
        for case in cases {
            for ratio in case.rows.iter().map(|row| case.ratio(row)) {
                // Nothing is a thousand million times as fast.
                while ratio < power(scale.first) && scale.first > -9 {
                    scale.first -= 1;
                }
                while ratio > power(scale.last) && scale.last < 9 {
                    scale.last += 1;
                }
            }
        }
        scale
    }

    fn x(&self, ratio: f64) -> f64 {
        let (first, last) = (f64::from(self.first), f64::from(self.last));
        LEFT + (ratio.log10() - first) / (last - first) * (WIDTH - LEFT - 2.0 * MARGIN)
    }

    /// A line for each power of ten with its number below, and thinner ones between them.
    fn grid(&self, top: f64, bottom: f64) -> String {
        let mut svg = String::new();
        let mut line = |x: f64, style: &str| {
            let (top, bottom) = (top - LINE / 2.0, bottom - LINE / 2.0);
            let _ = writeln!(svg, "<path d=\"M{x:.1} {top:.1}V{bottom:.1}\" {style}/>");
        };
        for decade in self.first..=self.last {
            if decade < self.last {
                for step in 2..10 {
                    let x = self.x(f64::from(step) * power(decade));
                    line(x, &format!("stroke=\"{PALE}\" stroke-width=\"0.5\""));
                }
            }
            let style = match decade {
                0 => format!("stroke=\"{TEXT}\" stroke-width=\"1.5\""),
                _ => format!("stroke=\"{PALE}\" stroke-width=\"1.5\""),
            };
            line(self.x(power(decade)), &style);
        }
        for decade in self.first..=self.last {
            let number = match decade {
                ..0 => format!("1/{}", power(-decade)),
                0 => "1".to_owned(),
                _ => format!("{} ×", power(decade)),
            };
            let (x, y) = (self.x(power(decade)), bottom + LINE / 4.0);
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"{GREY}\" text-anchor=\"middle\">{number}</text>"
            );
        }
        svg
    }
}

fn power(decade: i32) -> f64 {
    10_f64.powi(decade)
}

/// A drawing that grows downwards, line by line.
struct Page {
    svg: String,
    /// The middle of the line.
    y: f64,
}

impl Page {
    fn down(&mut self, lines: f64) {
        self.y += lines * LINE;
    }

    /// Everybody, in two columns.
    fn legend(&mut self) {
        for pair in Subject::all().chunks(2) {
            for ((title, subject), x) in pair.iter().zip([MARGIN, WIDTH / 2.0]) {
                self.mark(x + RADIUS, *subject, title);
                self.text(x + 3.0 * RADIUS, "font-size=\"13\"", title);
            }
            self.down(0.85);
        }
    }

    /// A line with a mark for each row.
    fn case(&mut self, case: &Case, scale: &Scale) {
        self.text(MARGIN, "", &case.name);
        let subjects = Subject::all();
        for row in &case.rows {
            if let Some((title, subject)) = subjects.iter().find(|(title, _)| *title == row.name) {
                let ratio = case.ratio(row);
                self.mark(scale.x(ratio), *subject, &format!("{title}: {ratio:.4}"));
            }
        }
        self.down(1.0);
    }

    /// Full for files on disk, a ring for those in memory.
    fn mark(&mut self, x: f64, subject: Subject, title: &str) {
        let (y, colour, title) = (self.y, colour(subject), plain(title));
        let fill = match subject {
            Subject::Native(Storage::Memory) | Subject::Ours(_, Storage::Memory) => "#ffffff",
            _ => colour,
        };
        let _ = writeln!(
            self.svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{RADIUS}\" fill=\"{fill}\" fill-opacity=\"0.8\" stroke=\"{colour}\" \
             stroke-width=\"2\"><title>{title}</title></circle>"
        );
    }

    fn text(&mut self, x: f64, style: &str, text: &str) {
        let (y, text) = (self.y + 5.0, plain(text));
        let _ = writeln!(self.svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" {style}>{text}</text>");
    }
}

fn colour(subject: Subject) -> &'static str {
    match subject {
        Subject::Native(_) => GREY,
        Subject::Ours(Provided::Native, _) => "#1a7f37",
        Subject::Ours(Provided::Linked, _) => "#0969da",
        Subject::Ours(Provided::Composed, _) => "#8250df",
        Subject::Bare { blocking: true } => "#bf8700",
        Subject::Bare { blocking: false } => "#cf222e",
    }
}

/// Markdown as the text of an element.
fn plain(text: &str) -> String {
    text.replace('`', "").replace('&', "&amp;").replace('<', "&lt;")
}
