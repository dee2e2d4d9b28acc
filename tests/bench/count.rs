//! How many instructions the hottest loops take, counted by valgrind: a busy machine changes times, and not these.
//!
//! Each loop runs twice, with more rounds the second time. What both runs have in common, such as compiling the program, is
//! not in the difference.

use std::env;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use scratch_tests::programs;

use crate::bench::{Bench, count};
use crate::ours::Provided;

const FEW: u32 = 1_000;
const MANY: u32 = 11_000;

/// In the arguments of a program, where the number of rounds belongs.
const ROUNDS: &str = "ROUNDS";

/// A loop of a program, over files in memory.
struct Loop {
    name: &'static str,
    /// What is done in a round.
    title: &'static str,
    program: &'static str,
    args: &'static [&'static str],
}

const LOOPS: [Loop; 2] = [
    Loop {
        name: "life",
        title: "the life of a file of 4 KiB",
        program: programs::LOOP_BENCH,
        args: &["loop-bench", "memory", ROUNDS, "4096"],
    },
    Loop {
        name: "write",
        title: "a write of 64 bytes",
        program: programs::BULK_BENCH,
        args: &["bulk-bench", "memory", "rewrite", ROUNDS, "64", "1"],
    },
];

/// Counts the instructions of a round in every loop, and prints a table.
pub(crate) fn table() -> Result<()> {
    println!("Instructions of a round, in user space and in memory, by `valgrind --tool=callgrind`.\n");
    println!("| in each round | who | instructions |\n| --- | --- | ---: |");
    for Loop { name, title, .. } in LOOPS {
        for provided in Provided::ALL {
            let few = instructions(name, provided, FEW)?;
            let more = instructions(name, provided, MANY)?.saturating_sub(few);
            let each = u32::try_from(more / u64::from(MANY - FEW))?;
            println!("| {title} | {} | {} |", provided.title(), count(each));
        }
    }
    Ok(())
}

/// Runs one of the loops, and nothing else.
pub(crate) async fn run(name: &str, provided: &str, rounds: &str) -> Result<()> {
    let named = LOOPS.iter().find(|one| one.name == name);
    let Loop { program, args, .. } = named.with_context(|| format!("there is no loop `{name}`"))?;
    let found = Provided::ALL.into_iter().find(|one| one.word() == provided);
    let provided = found.with_context(|| format!("there is no provider `{provided}`"))?;
    let args: Vec<&str> = args
        .iter()
        .map(|arg| if *arg == ROUNDS { rounds } else { arg })
        .collect();

    let somewhere = tempfile::tempdir()?;
    let bench = Bench::new(somewhere.path(), false)?;
    let guest = bench.ours.guest(program, provided)?;
    let nanoseconds = bench.ours.number(&guest, &args).await?;
    println!("{nanoseconds} ns a round");
    Ok(())
}

/// All that this program takes for so many rounds.
fn instructions(name: &str, provided: Provided, rounds: u32) -> Result<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe()?)
        .args(["--loop", name, provided.word(), &rounds.to_string()])
        // Threads that look for something to compile take as many as it happens.
        .env("RAYON_NUM_THREADS", "1");
    let output = valgrind.output().context("failed to run `valgrind`")?;
    let text = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{valgrind:?}: {}\n{text}", output.status);
    let collected = text.lines().find_map(|line| line.split_once("Collected : "));
    let (_, number) = collected.with_context(|| format!("{valgrind:?} counted nothing: {text}"))?;
    Ok(number.trim().parse()?)
}
