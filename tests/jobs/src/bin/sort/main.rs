//! Sorts lines by their bytes, exactly as `LC_ALL=C sort` does, in a bounded amount of memory.
//!
//! What fits into the memory is sorted there. What does not is cut into runs, each sorted and written to a temporary file,
//! and the runs are merged: an external merge sort. Nothing is printed before all of the input has been read.
#![forbid(unsafe_code)]

mod arena;
mod index;
mod input;
mod lines;
mod merge;
mod runs;

use std::io::{self, BufWriter, ErrorKind, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser;
use clap::builder::RangedU64ValueParser;

use crate::arena::{Arena, Filled};
use crate::input::Input;
use crate::runs::Runs;

/// Sort lines by their bytes, as `LC_ALL=C sort`.
#[derive(Parser)]
#[command(name = "sort")]
struct Args {
    /// Bytes of memory for the text, its index, and the buffers of a merge. About 4 MiB are used beside it; more only
    /// for a line that does not fit.
    #[arg(long, value_name = "BYTES", default_value = "33554432", value_parser = number(1024, 1 << 31))]
    memory: usize,

    /// How many sorted runs are merged at once.
    #[arg(long, value_name = "N", default_value = "16", value_parser = number(2, 1024))]
    open_files: usize,

    /// What to sort, all of it together; `-`, or no file, for standard input.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

fn number(least: u64, most: u64) -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(least..=most)
}

fn main() -> ExitCode {
    match sort(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = error.root_cause().downcast_ref::<io::Error>();
            // Whoever read the output had enough of it, and knows.
            if cause.is_none_or(|cause| cause.kind() != ErrorKind::BrokenPipe) {
                let _ = writeln!(io::stderr(), "sort: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

fn sort(args: Args) -> Result<()> {
    let piece = runs::piece(args.memory);
    let mut out = BufWriter::with_capacity(piece, io::stdout().lock());
    let mut arena = Arena::new(args.memory - piece)?;
    let mut runs = Runs::new(args.open_files, piece);
    let mut input = Input::new(args.files);
    while arena.fill(&mut input)? == Filled::Full {
        runs.spill(&mut arena)?;
    }

    let print = |line: &[u8]| out.write_all(line).context("failed to write the output");
    if runs.is_empty() {
        arena.sorted().try_for_each(print)?;
    } else {
        if arena.has_lines() {
            runs.spill(&mut arena)?;
        }
        runs.merge(&mut arena, print)?;
    }
    out.flush().context("failed to write the output")
}
