//! What is left on the host's disk when a program ends with temporary files open, by counting:
//!
//! ```text
//! cargo run --example scoreboard [-- --write]
//! ```
//!
//! Every subject makes a temporary directory with two files in it and a named temporary file beside it, and ends in one of
//! several ways with all of them open. Each cell is a run, in a directory of its own, and says how many entries are in that
//! directory afterwards. With `--write` the table goes to `scoreboard.md` and `scoreboard.svg` beside this file as well.

#![forbid(unsafe_code)]

#[path = "../programs/src/bin/ends-tempfile.rs"]
mod ends_tempfile;
#[path = "../support/python.rs"]
mod python;
mod runs;
mod table;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use clap::Parser;

use crate::runs::Runs;
use crate::table::{Row, Table};

/// How a program ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Return,
    Error,
    Trap,
    Deadline,
    Memory,
    Terminated,
    Killed,
    Restarted,
}

impl End {
    const ALL: [End; 8] = [
        End::Return,
        End::Error,
        End::Trap,
        End::Deadline,
        End::Memory,
        End::Terminated,
        End::Killed,
        End::Restarted,
    ];

    fn title(self) -> &'static str {
        match self {
            End::Return => "return",
            End::Error => "early error",
            End::Trap => "trap, abort",
            End::Deadline => "deadline",
            End::Memory => "memory refused",
            End::Terminated => "SIGTERM",
            End::Killed => "SIGKILL",
            End::Restarted => "SIGKILL, and started again",
        }
    }

    /// What the programs call it.
    fn word(self) -> &'static str {
        match self {
            End::Return => "return",
            End::Error => "error",
            End::Trap => "trap",
            End::Memory => "memory",
            End::Deadline | End::Terminated | End::Killed | End::Restarted => "spin",
        }
    }
}

/// Whose temporary files, and where.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    PythonNative,
    RustNative,
    PythonStock,
    RustStock,
    PythonOurs,
    RustLinked,
    RustHost,
}

impl Subject {
    const ALL: [Subject; 7] = [
        Subject::PythonNative,
        Subject::RustNative,
        Subject::PythonStock,
        Subject::RustStock,
        Subject::PythonOurs,
        Subject::RustLinked,
        Subject::RustHost,
    ];

    /// What it is, and where it runs.
    fn title(self) -> [&'static str; 2] {
        match self {
            Subject::PythonNative => ["Python tempfile", "native"],
            Subject::RustNative => ["Rust tempfile", "native"],
            Subject::PythonStock => ["Python tempfile", "in wasmtime"],
            Subject::RustStock => ["Rust tempfile", "in wasmtime"],
            Subject::PythonOurs => ["Python tempfile", "scratch, /tmp"],
            Subject::RustLinked => ["Rust handles", "scratch, linked"],
            Subject::RustHost => ["Rust handles", "scratch, native"],
        }
    }
}

/// Count what is left on the disk, by program and by how it ends.
#[derive(Parser)]
struct Args {
    /// Write the table to the files beside the source, too.
    #[arg(long)]
    write: bool,

    /// Be the native program, and end like this.
    #[arg(long, hide = true)]
    native: Option<String>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if args.native.is_some() {
        return ends_tempfile::main().context("the native program");
    }
    let somewhere = tempfile::tempdir().context("failed to create a directory for the runs")?;
    let runs = Runs::prepare(somewhere.path())?;
    let mut table = Table::new(runs.notes());
    for end in End::ALL {
        let mut cells = Vec::new();
        for subject in Subject::ALL {
            let left = runs.left(subject, end).with_context(|| {
                let [what, place] = subject.title();
                format!("{what}, {place}: {}", end.title())
            })?;
            eprintln!("{}: {}: {left:?}", subject.title().join(", "), end.title());
            cells.push(left);
        }
        table.rows.push(Row { end, cells });
    }
    let text = table.markdown();
    print!("{text}");
    if args.write {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scoreboard");
        fs::write(here.join("scoreboard.md"), text)?;
        fs::write(here.join("scoreboard.svg"), table.svg())?;
    }
    Ok(())
}
