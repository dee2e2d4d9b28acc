//! What the README's first command shows: temporary files that are gone after a normal end and after a crash, and what
//! the same crash leaves without a host that sees to it.

#![forbid(unsafe_code)]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use scratch_tests::programs;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_scratch::{Base, Command, Provider, RunReport, Runner};
use wasmtime_wasi::p2::bindings;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView};

#[tokio::main]
async fn main() -> Result<()> {
    let somewhere = tempfile::tempdir().context("failed to create a directory for the demo")?;
    let demo = Demo {
        runner: Runner::new()?,
        base: somewhere.path().join("base"),
    };

    title("1. A program that uses temporary files and ends");
    demo.scene("guide", programs::GUIDE).await?;
    title("2. The same program crashes with everything open");
    let crashed = demo.scene("guide-crash", programs::GUIDE_CRASH).await?;

    title("3. A program that cleans up by hand, and crashes before it gets there");
    let plain = somewhere.path().join("plain");
    fs::create_dir(&plain)?;
    println!("On bare wasmtime-wasi, with a plain directory as /tmp:\n");
    bare(programs::GUIDE_BY_HAND, &plain).await?;
    let left = list("\nThe directory, listed from outside", &plain);
    println!("\nHere, with a space as /tmp:\n");
    let by_hand = demo.scene("guide-by-hand", programs::GUIDE_BY_HAND).await?;

    title("What is left of the crashes");
    println!("  {left} entries  by hand, on bare wasmtime-wasi");
    for (name, report) in [("by hand, here", &by_hand), ("with handles, here", &crashed)] {
        let receipt = &report.space.receipt;
        println!(
            "  {} entries  {name} ({} were there when it crashed)",
            receipt.entries_left, receipt.entries_found
        );
    }
    let clean = by_hand.space.is_clean() && crashed.space.is_clean();
    ensure!(clean && left > 0, "the demo did not show what it is there to show");
    Ok(())
}

struct Demo {
    runner: Runner,
    base: std::path::PathBuf,
}

impl Demo {
    /// Runs a program as `scratch run` would, prints its report, and lists the base.
    async fn scene(&self, name: &str, path: &str) -> Result<RunReport> {
        let file = format!("{name}.wasm");
        println!("$ scratch run --report text {file}\n");
        let started = Instant::now();
        let provider = Provider::Native;
        let bytes = fs::read(path).with_context(|| format!("failed to read {file}"))?;
        let program = self.runner.program(&file, &bytes)?;
        let base = Base::open(&self.base)?;
        let space = base.space(None);
        let mut command = Command::new();
        command.args(&[&file]).timeout(Duration::from_secs(60));
        command.wasi().inherit_stdout().inherit_stderr();
        let outcome = self.runner.run(&program, &provider, command, &space).await?;
        let report = space.end_async().await;
        drop(base);
        let report = RunReport::new(&program, &provider, outcome, started.elapsed(), report);
        println!("\n{report}");
        list("The base, listed from outside", &self.base);
        Ok(report)
    }
}

fn title(text: &str) {
    println!("\n{text}\n{}\n", "=".repeat(text.len()));
}

/// Prints every path below `dir` but the base's layout file, and says how many there are.
fn list(what: &str, dir: &Path) -> usize {
    let mut found = scratch_tests::entries(dir);
    found.retain(|path| path != Path::new("layout"));
    println!("{what}: {} entries", found.len());
    for path in &found {
        println!("  {}", path.display());
    }
    found.len()
}

struct Bare {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for Bare {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// Runs a program on wasmtime-wasi alone, with `dir` as its `/tmp`.
async fn bare(path: &str, dir: &Path) -> Result<()> {
    let engine = Engine::default();
    let mut linker = Linker::<Bare>::new(&engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    let component = Component::from_file(&engine, path)?;
    let wasi = WasiCtx::builder()
        .inherit_stdout()
        .inherit_stderr()
        .preopened_dir(dir, "/tmp", FsPerms::ReadWrite)?
        .build();
    let table = ResourceTable::new();
    let mut store = Store::new(&engine, Bare { wasi, table });
    let command = bindings::Command::instantiate_async(&mut store, &component, &linker).await?;
    let ended = command.wasi_cli_run().call_run(&mut store).await;
    ensure!(ended.is_err(), "the program was to crash");
    println!(
        "\n(It crashed: {}.)",
        ended
            .err()
            .map_or_else(String::new, |error| error.root_cause().to_string())
    );
    Ok(())
}
