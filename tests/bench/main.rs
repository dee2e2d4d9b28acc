//! `just bench`: temporary files in programs, beside the native `tempfile` crate and on bare wasmtime-wasi.
//!
//! Loops run inside the guest. What is compared takes turns and the tables show medians, since the machines are shared. The
//! ratios are what counts.

#![forbid(unsafe_code)]

mod bare;
mod bench;
mod bulk;
mod chart;
mod count;
mod directory;
mod drops;
mod embedded;
mod guard;
mod life;
mod machine;
mod markdown;
mod native;
mod ours;
mod report;
mod sort;
mod spaces;
#[path = "../support/store.rs"]
mod store;
mod subject;
mod table;
mod unused;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};
use tokio::runtime::Builder;

use crate::bench::Bench;
use crate::machine::Machine;
use crate::report::Report;
use crate::table::Table;

/// Measure temporary files in programs, in a release build.
#[derive(Parser)]
#[command(name = "bench", bin_name = "just bench")]
struct Args {
    /// What to measure. Default: all of it.
    #[arg(value_name = "TABLE")]
    which: Vec<Which>,

    /// Take fewer turns: for a look, not for a comparison.
    #[arg(long)]
    quick: bool,

    /// Where the numbers go, as JSON; relative to the workspace. Default: `bench.json` in the target folder.
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,

    /// Where files are made; relative to the workspace. Default: the target folder. In `/tmp` others make and delete files, which
    /// for some seconds makes it slower to create one near by on ext4.
    #[arg(long, value_name = "PATH", env = "TMPDIR")]
    dir: Option<PathBuf>,

    /// Write the tables and the picture to the files beside the source, too.
    #[arg(long, conflicts_with_all = ["which", "quick"])]
    write: bool,

    /// Count instructions with valgrind, and measure nothing.
    #[arg(long, conflicts_with_all = ["which", "quick", "json", "write"])]
    count: bool,

    /// Run one loop, for somebody else who counts.
    #[arg(long = "loop", num_args = 3, value_names = ["NAME", "PROVIDER", "ROUNDS"], conflicts_with_all = ["which", "count"])]
    one_loop: Option<Vec<String>>,

    /// `cargo bench` says so.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is measured, in this order.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// The whole life of a file.
    Life,
    /// Large files, written and read in chunks.
    Bulk,
    /// A directory with a hundred files.
    Directory,
    /// An instance that never uses scratch.
    Unused,
    /// A drop, while others are held.
    Drops,
    /// Ten thousand live spaces.
    Spaces,
    /// What the guard costs.
    Guard,
    /// An external merge sort.
    Sort,
}

impl Which {
    async fn measure(self, bench: &Bench) -> Result<Vec<Table>> {
        Ok(match self {
            Which::Life => vec![life::table(bench).await?],
            Which::Bulk => bulk::tables(bench).await?,
            Which::Directory => vec![directory::table(bench).await?],
            Which::Unused => vec![unused::table(bench).await?],
            Which::Drops => vec![drops::table(bench).await?],
            Which::Spaces => spaces::tables(bench).await?,
            Which::Guard => vec![guard::table(bench).await?],
            Which::Sort => sort::table(bench).await?.into_iter().collect(),
        })
    }
}

fn main() -> Result<()> {
    let args = Args::parse();
    if let Some([name, provided, rounds]) = args.one_loop.as_deref() {
        // One thread: others would do something beside the loop.
        let runtime = Builder::new_current_thread().enable_all().build()?;
        return runtime.block_on(count::run(name, provided, rounds));
    }
    if args.count {
        return count::table();
    }
    let target = target()?;
    let json = args.json.unwrap_or_else(|| target.join("bench.json"));
    let [json, dir] = [json, args.dir.unwrap_or(target)].map(|path| report::workspace().join(path));
    // In a task, where a host runs programs: glibc's malloc is slower with large buffers in the main thread, where it hands
    // memory back to the system sooner.
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(async { tokio::spawn(measure(dir, args.which, args.quick)).await })??;
    report.write_json(&json)?;
    if args.write {
        report.write_beside_source()?;
    }
    println!("All turns are in {}.", json.display());
    Ok(())
}

/// Measures, and prints each table when it is there.
async fn measure(dir: PathBuf, which: Vec<Which>, is_quick: bool) -> Result<Report> {
    let somewhere = tempfile::tempdir_in(dir)?;
    let bench = Bench::new(somewhere.path(), is_quick)?;
    let mut tables = Vec::new();
    for table in Which::value_variants() {
        if which.is_empty() || which.contains(table) {
            for table in table.measure(&bench).await? {
                println!("{}", markdown::table(&table));
                tables.push(table);
            }
        }
    }
    let machine = Machine::look(somewhere.path());
    println!("{machine}\n");
    Ok(Report { machine, tables })
}

/// The target folder that this was built in.
fn target() -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    let target = this.ancestors().nth(3).map(Path::to_owned);
    target.context("a benchmark is in `release/deps` of a target folder")
}
