//! The report: the receipt of a space, as a value, as text and as JSON.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::budget::Usage;

/// What became of the handles of one kind.
///
/// `created` is the sum of the others: every handle that a program got ends in exactly one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Handles given out.
    pub created: u64,
    /// Handles dropped, whose provider had deleted everything when the drop returned.
    pub dropped: u64,
    /// The same for `close`.
    pub closed: u64,
    /// Handles whose entry was kept until the end of the space.
    pub kept: u64,
    /// Handles whose entry was moved out to a granted directory.
    pub persisted: u64,
    /// Handles that the host had to end: still open at the end of the space, or dropped with something left.
    pub by_host: u64,
}

/// A provider whose drop left something that its handle owned, or that failed in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Violation {
    /// The kind of the handle: `temporary-file`, `temporary-directory`, or `provider` for what no handle owned.
    pub resource: &'static str,
    /// The call during which it was found: `drop`, `close`, …
    pub call: &'static str,
    /// What happened: `left-behind`, `trapped` or `timed-out`.
    pub kind: &'static str,
    /// The first [`MAX_LISTED`] of the entries that the host had to remove, as paths in the space.
    pub entries: Vec<String>,
}

/// Something that could not be removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Residue {
    /// The name of the entry.
    pub entry: String,
    /// What the system said.
    pub reason: String,
}

/// What the host found in the space when it ended, and what was there afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Receipt {
    /// Entries that stood in the space when it ended: what would have been left without a host. Where they were
    /// [kept](Report::kept_in), those that were kept.
    pub entries_found: u64,
    /// Bytes in those that could be removed: file sizes, each inode once.
    pub bytes_found: u64,
    /// Entries left after the removal, counted in the file system; the space's own directory is one, where it is left.
    pub entries_left: u64,
    /// How long removing and counting took, in microseconds.
    pub microseconds: u64,
}

/// The receipt of a space: what was made in it, how that ended, and what is left of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Whose space it was.
    pub label: Option<String>,
    /// Temporary files.
    pub files: Counts,
    /// Temporary directories.
    pub directories: Counts,
    /// Entries that the program made by path: files, directories and links.
    pub by_path: u64,
    /// What was charged.
    pub usage: Usage,
    /// How often a provider broke its word.
    pub violation_count: u64,
    /// The first [`MAX_LISTED`] of these.
    pub violations: Vec<Violation>,
    /// How much could not be removed.
    pub residue_count: u64,
    /// The first [`MAX_LISTED`] of it.
    pub residue: Vec<Residue>,
    /// Whether the removal goes on in the background, and nothing has been counted: the space was
    /// [deferred](crate::Space::defer).
    pub deferred: bool,
    /// Where what was found in the space was moved to instead of being removed, if that was
    /// [asked for](crate::Space::end_keeping).
    pub kept_in: Option<String>,
    /// Symbolic links that were left out of directories that were persisted, and of what was kept. Outside of the space
    /// they could lead anywhere on the host. What a composed provider leaves out is not visible to the host.
    pub links_left_out: u64,
    /// The count at the end.
    pub receipt: Receipt,
}

/// How many violations and residues a report lists. A hostile provider makes any number; the counts are always exact.
pub const MAX_LISTED: usize = 100;

impl Report {
    /// Whether nothing is left and every provider kept its word.
    pub fn is_clean(&self) -> bool {
        !self.deferred && self.violation_count == 0 && self.residue_count == 0 && self.receipt.entries_left == 0
    }

    /// Handles given out, files and directories.
    pub fn handles(&self) -> u64 {
        self.files.created + self.directories.created
    }

    /// Everything that was made: handles given out, and entries made by path.
    pub fn made(&self) -> u64 {
        self.handles() + self.by_path
    }
}

impl fmt::Display for Report {
    /// The body of the text report, without the head line that says which program it was.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_handles(f)?;
        self.fmt_usage(f)?;
        self.fmt_end(f)
    }
}

impl Report {
    /// What became of the handles.
    pub(crate) fn fmt_handles(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "             created  dropped  closed  kept  persisted  by host")?;
        for (name, counts) in [("files", &self.files), ("directories", &self.directories)] {
            writeln!(
                f,
                "{name:<12} {:>7}  {:>7}  {:>6}  {:>4}  {:>9}  {:>7}",
                Grouped(counts.created),
                Grouped(counts.dropped),
                Grouped(counts.closed),
                Grouped(counts.kept),
                Grouped(counts.persisted),
                Grouped(counts.by_host),
            )?;
        }
        self.fmt_by_path(f)
    }

    /// What was made without a handle.
    pub(crate) fn fmt_by_path(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "by path      {:>7}", Grouped(self.by_path))
    }

    /// What was charged.
    pub(crate) fn fmt_usage(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usage = &self.usage;
        writeln!(f, "                  peak         now       limit  refused")?;
        let text = |number: u64, is_bytes: bool| match is_bytes {
            true => Bytes(number).to_string(),
            false => Grouped(number).to_string(),
        };
        for (name, level, is_bytes) in [
            ("bytes", &usage.bytes, true),
            ("memory", &usage.memory, true),
            ("entries", &usage.entries, false),
            ("open files", &usage.open_files, false),
        ] {
            writeln!(
                f,
                "{name:<12}{:>10}  {:>10}  {:>10}  {:>7}",
                text(level.peak, is_bytes),
                text(level.now, is_bytes),
                level
                    .limit
                    .map_or_else(|| "-".to_owned(), |limit| text(limit, is_bytes)),
                Grouped(level.refused)
            )?;
        }
        for (name, refused) in [("file size", usage.file_bytes_refused), ("depth", usage.depth_refused)] {
            if refused > 0 {
                writeln!(f, "{name:<12}{:>43}", Grouped(refused))?;
            }
        }
        Ok(())
    }

    /// What went wrong, and what was found and left at the end.
    pub(crate) fn fmt_end(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "violations   {}     residue {}",
            Grouped(self.violation_count),
            Grouped(self.residue_count)
        )?;
        for violation in &self.violations {
            writeln!(
                f,
                "  violation  {} of a {}: {}{}",
                violation.call,
                violation.resource,
                violation.kind,
                violation
                    .entries
                    .iter()
                    .map(|entry| format!(" `{}`", entry.escape_debug()))
                    .collect::<String>()
            )?;
        }
        for residue in &self.residue {
            writeln!(f, "  residue    `{}`: {}", residue.entry.escape_debug(), residue.reason)?;
        }
        if self.links_left_out > 0 {
            writeln!(
                f,
                "left out     {} symbolic links of what was persisted or kept",
                Grouped(self.links_left_out)
            )?;
        }
        let receipt = &self.receipt;
        if self.deferred {
            return writeln!(f, "receipt      deferred: it is removed in the background");
        }
        if let Some(dir) = &self.kept_in {
            writeln!(
                f,
                "kept         {} with {} in `{}`",
                entries(receipt.entries_found),
                Bytes(receipt.bytes_found),
                dir.escape_debug()
            )?;
        } else if receipt.entries_found > 0 {
            writeln!(
                f,
                "found        {} with {} at the end, removed by the host",
                entries(receipt.entries_found),
                Bytes(receipt.bytes_found)
            )?;
        }
        writeln!(
            f,
            "receipt      {} left, counted in {:.1?}",
            entries(receipt.entries_left),
            Duration::from_micros(receipt.microseconds)
        )
    }
}

/// A number of entries as people write it: `1 entry`, `2 entries`.
pub(crate) fn entries(number: u64) -> String {
    match number {
        1 => "1 entry".to_owned(),
        number => format!("{} entries", Grouped(number)),
    }
}

/// A number as people write it: `1,042`.
pub(crate) struct Grouped(pub(crate) u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        f.pad(&grouped)
    }
}

/// A number of bytes as people write it: `412 MiB`.
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 1 {
            return f.pad("1 byte");
        }
        let mut value = self.0;
        let mut unit = "bytes";
        for larger in ["KiB", "MiB", "GiB", "TiB"] {
            // `1 GiB` is as exact as `1,024 MiB`.
            if value < 10 * 1024 && (value == 0 || !value.is_multiple_of(1024)) {
                break;
            }
            value /= 1024;
            unit = larger;
        }
        f.pad(&format!("{} {unit}", Grouped(value)))
    }
}
