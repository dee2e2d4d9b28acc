//! How a run ended, and the report of it.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use wasmtime::{Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use super::{Program, Provider};
use crate::report::{Bytes, Grouped, Report};
use crate::text::Escaped;

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// It returned, or called `exit`.
    Exit {
        /// 0 for success.
        code: i32,
    },
    /// The function that was to be invoked returned.
    Returned {
        /// Its results, as WAVE.
        results: String,
    },
    /// It, its provider or the host trapped; or it ran out of fuel.
    Trap {
        /// What happened, in one line.
        message: String,
        /// Where, a frame a line, the innermost first; empty where there was no Wasm on the stack.
        backtrace: Vec<String>,
    },
    /// Its time was up.
    Deadline {
        /// After how long.
        #[serde(serialize_with = "seconds", rename = "after_seconds")]
        after: Duration,
    },
    /// The host was told to stop.
    Signal {
        /// The number of the signal.
        number: i32,
    },
}

impl Outcome {
    /// Whether it returned with success.
    pub fn is_success(&self) -> bool {
        matches!(self, Outcome::Exit { code: 0 } | Outcome::Returned { .. })
    }

    /// The process's exit code: the program's own, 124 for the deadline (as GNU `timeout`), 134 for a trap (as
    /// `abort`, and as the wasmtime CLI), 128 + n for signal n (as shells).
    pub fn exit_code(&self) -> i32 {
        match self {
            Outcome::Exit { code } => *code,
            Outcome::Returned { .. } => 0,
            Outcome::Deadline { .. } => 124,
            Outcome::Trap { .. } => 134,
            Outcome::Signal { number } => 128 + number,
        }
    }

    /// What an error that came out of a program means.
    pub(super) fn of(error: &wasmtime::Error) -> Outcome {
        if let Some(I32Exit(code)) = error.downcast_ref::<I32Exit>() {
            return Outcome::Exit { code: *code };
        }
        let backtrace = error
            .downcast_ref::<WasmBacktrace>()
            .map(|backtrace| backtrace.frames().iter().map(frame).collect())
            .unwrap_or_default();
        Outcome::Trap {
            message: one_line(error),
            backtrace,
        }
    }
}

fn frame(frame: &wasmtime::FrameInfo) -> String {
    let module = Escaped(frame.module().name().unwrap_or("<module>"));
    match frame.func_name() {
        Some(name) => format!("{module}!{}", Escaped(&rustc_demangle(name))),
        None => format!("{module}!<function {}>", frame.func_index()),
    }
}

/// The name without the hash that the Rust compiler puts behind it; other languages' names as they are.
fn rustc_demangle(name: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(name))
}

/// An error and its causes in one line, without the backtrace.
pub(super) fn one_line(error: &wasmtime::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = match cause.downcast_ref::<Trap>() {
            Some(trap) => trap.to_string(),
            None => cause.to_string(),
        };
        // What it quotes may be a program's own text.
        let text = text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        let text = Escaped(&text).to_string();
        if !text.is_empty() && !text.starts_with("error while executing at wasm backtrace") {
            parts.push(text);
        }
    }
    parts.dedup();
    parts.join(": ")
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

/// The report of a run: the program, how it ended, and the receipt of its space.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct RunReport {
    /// The version of this report's form. A field may be added within one version; none changes its meaning or goes.
    pub schema: u32,
    /// The program's file.
    pub program: String,
    /// [Which provider](Provider::name) it had; `None` if it asked for none.
    pub provider: Option<String>,
    /// Whether a provider was composed into it: its handles are not visible to the host then, and the counts of them
    /// are 0. What its provider makes counts as made by path.
    pub composed: bool,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it ran, with loading, in seconds.
    #[serde(serialize_with = "seconds", rename = "elapsed_seconds")]
    pub elapsed: Duration,
    /// The receipt of its space.
    #[serde(flatten)]
    pub space: Report,
}

impl RunReport {
    /// The version of the report's form.
    pub const SCHEMA: u32 = 1;

    /// The report of a run whose space has ended.
    pub fn new(
        program: &Program,
        provider: &Provider,
        outcome: Outcome,
        elapsed: Duration,
        space: Report,
    ) -> RunReport {
        RunReport {
            schema: RunReport::SCHEMA,
            program: program.name().to_owned(),
            provider: program.wants_scratch().then(|| provider.name().to_owned()),
            composed: program.is_composed(),
            outcome,
            elapsed,
            space,
        }
    }

    /// The report as JSON, one object on one line.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a report is made of numbers and text")
    }

    /// The exit code of `scratch run`: the program's own, or 125 if it succeeded but residue is left.
    pub fn exit_code(&self) -> i32 {
        let left = self.space.residue_count > 0 || self.space.receipt.entries_left > 0;
        if self.outcome.is_success() && left {
            125
        } else {
            self.outcome.exit_code()
        }
    }

    /// How much was made and is left, in one line.
    pub fn summary(&self) -> String {
        let found = match self.space.receipt.entries_found {
            0 => String::new(),
            found => format!("{} found at the end, ", Grouped(found)),
        };
        let made = Grouped(self.space.made());
        let left = Grouped(self.space.receipt.entries_left);
        // In memory or on disk: what it needed of either.
        let peak = match self.space.usage.bytes.peak.saturating_add(self.space.usage.memory.peak) {
            0 => String::new(),
            peak => format!(", peak {}", Bytes(peak)),
        };
        format!("scratch: {made} made, {found}{left} left{peak}")
    }
}

impl fmt::Display for RunReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ended = match &self.outcome {
            Outcome::Exit { code } => format!("exit {code}"),
            Outcome::Returned { .. } => "returned".to_owned(),
            Outcome::Trap { .. } => "trap".to_owned(),
            Outcome::Deadline { .. } => "deadline".to_owned(),
            Outcome::Signal { number } => format!("signal {number}"),
        };
        writeln!(
            f,
            "scratch: {}   label {}   provider {}   {ended}   {:.2} s",
            Escaped(&self.program),
            self.space.label.as_deref().unwrap_or("-"),
            self.provider.as_deref().unwrap_or(match self.composed {
                true => "composed",
                false => "-",
            }),
            self.elapsed.as_secs_f64()
        )?;
        match &self.outcome {
            Outcome::Trap { message, backtrace } => {
                writeln!(f, "trap         {message}")?;
                for (depth, frame) in backtrace.iter().enumerate() {
                    writeln!(f, "  {depth:>2}  {frame}")?;
                }
            }
            Outcome::Deadline { after } => {
                writeln!(f, "deadline     its time was up after {:.2} s", after.as_secs_f64())?;
            }
            _ => {}
        }
        match self.composed {
            true => {
                writeln!(f, "handles      not visible: the provider is composed into the program")?;
                self.space.fmt_by_path(f)?;
            }
            false => self.space.fmt_handles(f)?,
        }
        self.space.fmt_usage(f)?;
        self.space.fmt_end(f)
    }
}
