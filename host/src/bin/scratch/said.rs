//! Messages of a run on standard error: none when all is well, and otherwise all that a person has to know.

use std::io::IsTerminal as _;

use indicatif::HumanCount;
use wasmtime_scratch::{Bytes, Counters, Escaped, Level, Outcome, RunReport};

use crate::options::Detail;
use crate::{count, say};

/// How many frames of a trap are shown; `--report text` shows all.
const MAX_FRAMES: usize = 8;

/// Where functions come from that are in every program of their language: not what a person looks for after a trap.
const RUNTIMES: &[&str] = &[
    "std::", "core::", "alloc::", "<std::", "<core::", "<alloc::", "_", "rust_", "abort",
];

/// The module that makes a component of a WASI p1 module.
const ADAPTER: &str = "wit-component:";

/// Says what there is to say of a run: `all` is what the spaces of this process had together.
pub(crate) fn say_report(report: &RunReport, all: &Counters, detail: Option<Detail>) {
    if detail == Some(Detail::Text) {
        say(&report.to_string());
        return;
    }
    say(&notices(report, all));
    let is_used = report.space.made() > 0;
    if detail == Some(Detail::Line) || detail.is_none() && is_used && std::io::stderr().is_terminal() {
        say(&format!("{}\n", report.summary()));
    }
}

/// Lists what every run says: its end if it did not end by itself, refusals, violations, and what is left or kept.
fn notices(report: &RunReport, all: &Counters) -> String {
    let mut lines = ended(report);
    lines.extend(refused(report, all));
    let space = &report.space;
    if space.violation_count > 0 {
        let broken = count(space.violation_count, "violation", "violations");
        lines.push(format!("the provider broke the contract: {broken}, undone by the host"));
        for violation in &space.violations {
            let (call, resource, kind) = (violation.call, violation.resource, violation.kind);
            let entries: String = violation
                .entries
                .iter()
                .map(|entry| format!(" `{}`", Escaped(entry)))
                .collect();
            lines.push(format!("  {call} of a {resource}: {kind}{entries}"));
        }
    }
    if space.residue_count > 0 {
        let left = count(space.residue_count, "entry", "entries");
        lines.push(format!("{left} could not be removed"));
        for residue in &space.residue {
            lines.push(format!("  `{}`: {}", Escaped(&residue.entry), residue.reason));
        }
    }
    if let Some(dir) = &space.kept_in {
        let entries = count(space.receipt.entries_found, "entry", "entries");
        let bytes = Bytes(space.receipt.bytes_found);
        lines.push(format!("kept {entries} with {bytes} in `{}`", Escaped(dir)));
    }
    if space.links_left_out > 0 {
        let links = count(space.links_left_out, "symbolic link", "symbolic links");
        lines.push(format!("left out {links} of what was persisted or kept"));
    }
    lines.iter().map(|line| format!("scratch: {line}\n")).collect()
}

/// How a run ended that did not end by itself.
fn ended(report: &RunReport) -> Vec<String> {
    let name = Escaped(&report.program);
    match &report.outcome {
        Outcome::Trap { message, backtrace } => {
            let mut lines = vec![format!("`{name}` trapped: {message}")];
            let own = own_frames(backtrace);
            lines.extend(own.iter().take(MAX_FRAMES).map(|frame| format!("  at {frame}")));
            let hidden = backtrace.len() - own.len().min(MAX_FRAMES);
            if hidden > 0 {
                let frames = count(u64::try_from(hidden).unwrap_or(u64::MAX), "frame", "frames");
                lines.push(format!("  {frames} more: see --report text"));
            }
            lines
        }
        Outcome::Deadline { after } => vec![format!(
            "`{name}` was ended: its time was up after {:.2} s",
            after.as_secs_f64()
        )],
        _ => Vec::new(),
    }
}

/// The frames of the program itself, without those of its language's runtime and of the adapter.
fn own_frames(backtrace: &[String]) -> Vec<&String> {
    let is_own = |frame: &&String| {
        let (module, function) = frame.split_once('!').unwrap_or(("", frame));
        !module.starts_with(ADAPTER) && !RUNTIMES.iter().any(|runtime| function.starts_with(runtime))
    };
    let own: Vec<&String> = backtrace.iter().filter(is_own).collect();
    match own.is_empty() {
        // Better than nothing.
        true => backtrace.iter().collect(),
        false => own,
    }
}

/// Which limits were met, and which flag raises each.
fn refused(report: &RunReport, all: &Counters) -> Vec<String> {
    let usage = &report.space.usage;
    let size = |limit: u64| Bytes(limit).to_string();
    let number = |limit: u64| HumanCount(limit).to_string();
    let mut lines = Vec::new();
    let mut add = |what: &str, times: u64, limit: Option<String>, flag: &str| {
        if times > 0 {
            let times = count(times, "time", "times");
            let limit = limit.map_or(String::new(), |limit| format!(" (limit {limit})"));
            lines.push(format!("refused {times}: {what}{limit}; {flag} raises the limit"));
        }
    };
    // A process has one space here, so the smaller of its limit and of that of all spaces is the one that was met.
    let lower = |level: &Level, all: &Level| [level.limit, all.limit].into_iter().flatten().min();
    let is_of_all = |level: &Level, all: &Level| all.limit.is_some() && all.limit == lower(level, all);
    let flag =
        |level: &Level, of_all: &Level, flag: &'static str, flag_of_all: &'static str| match is_of_all(level, of_all) {
            true => flag_of_all,
            false => flag,
        };
    add(
        "bytes",
        usage.bytes.refused,
        lower(&usage.bytes, &all.bytes).map(size),
        flag(&usage.bytes, &all.bytes, "--max-bytes", "--base-max-bytes"),
    );
    add(
        "entries",
        usage.entries.refused,
        lower(&usage.entries, &all.entries).map(number),
        flag(&usage.entries, &all.entries, "--max-entries", "--base-max-entries"),
    );
    add(
        "open files",
        usage.open_files.refused,
        lower(&usage.open_files, &all.open_files).map(number),
        flag(&usage.open_files, &all.open_files, "--max-open", "`ulimit -n`"),
    );
    add("bytes in one file", usage.file_bytes_refused, None, "--max-file-size");
    add("depth", usage.depth_refused, None, "--max-depth");
    lines
}

#[cfg(test)]
mod tests {
    use super::own_frames;

    #[test]
    fn a_trap_shows_the_frames_of_the_program() {
        let all = [
            "app.wasm!abort",
            "app.wasm!std::process::abort",
            "app.wasm!<core::fmt::Arguments as core::fmt::Display>::fmt",
            "app.wasm!app::inner",
            "app.wasm!app::main",
            "app.wasm!__main_void",
            "app.wasm!_start",
            "wit-component:adapter:wasi_snapshot_preview1!wasi:cli/run@0.2.6#run",
        ]
        .map(str::to_owned);
        assert_eq!(own_frames(&all), ["app.wasm!app::inner", "app.wasm!app::main"]);
        assert_eq!(own_frames(&all[..2]).len(), 2, "where there are no others");
    }
}
