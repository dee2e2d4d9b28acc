//! Two tenants on one base, each with a program that does what it is told, and a tree outside that nobody may change.

use std::path::{Path, PathBuf};
use std::{fs, io};

use scratch_tests::programs;
use tempfile::TempDir;
use wasmtime_scratch::{Base, BaseLimits, Command, GUEST_PROVIDER, Limits, Outcome, Program, Provider, Report, Runner};
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};

use super::expected::{Ends, Model};
use super::ops::Op;

/// What a program prints at most.
const OUTPUT_BYTES: usize = 1 << 20;

/// A host with everything loaded.
pub(crate) struct Tenants {
    runner: Runner,
    program: Program,
    provider: Provider,
    runtime: tokio::runtime::Runtime,
    base: Base,
    dir: TempDir,
}

impl Tenants {
    /// With a base in the system's temporary directory.
    pub(crate) fn new() -> Tenants {
        let dir = tempfile::tempdir().expect("a directory");
        let canary = dir.path().join("canary");
        fs::create_dir(&canary).expect("a directory");
        fs::write(canary.join("x"), "untouched").expect("a file");
        let runner = Runner::new().expect("wasmtime runs");
        let program = fs::read(programs::MODEL).expect("the program");
        let mut unlimited = BaseLimits::default();
        unlimited.bytes = Some(u64::MAX);
        unlimited.open_files = Some(u64::MAX);
        Tenants {
            program: runner.program("model", &program).expect("it loads"),
            provider: match scratch_tests::is_native!() {
                true => Provider::Native,
                false => runner.provider("guest", GUEST_PROVIDER).expect("it loads").into(),
            },
            runner,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .expect("a runtime"),
            base: Base::open_within(dir.path().join("base"), unlimited).expect("the base opens"),
            dir,
        }
    }

    /// Does each tenant's operations, both at once, and compares with the model after every step, if it is asked, and with
    /// a walk at the end. An error says what differs.
    pub(crate) fn run(&self, limits: Limits, tenants: [&[Op]; 2], asks_model: bool) -> Result<(), String> {
        let both = async {
            tokio::join!(
                self.tenant(limits, tenants[0], asks_model),
                self.tenant(limits, tenants[1], asks_model)
            )
        };
        let (first, second) = self.runtime.block_on(both);
        first?;
        second?;
        let canary = listing(&self.dir.path().join("canary")).map_err(|error| error.to_string())?;
        let left = listing(self.base.path()).map_err(|error| error.to_string())?;
        if canary != [PathBuf::from("x")] || fs::read(self.dir.path().join("canary/x")).is_ok_and(|x| x != b"untouched")
        {
            return Err(format!("the tree outside was changed: {canary:?}"));
        }
        // The layout, the lease, the host's directory with its two rooms.
        if left.len() != 5 {
            return Err(format!("something is left: {left:?}"));
        }
        Ok(())
    }

    async fn tenant(&self, limits: Limits, ops: &[Op], asks_model: bool) -> Result<(), String> {
        let (outcome, printed, report, bytes) = self.program(limits, ops).await;
        if outcome != (Outcome::Exit { code: 0 }) {
            return Err(format!("{outcome:?}"));
        }
        let walked = (report.receipt.entries_found, bytes);
        if asks_model {
            let model = after(limits, ops, &printed)?;
            // What has no name is gone when the program is.
            let (nameless, bytes) = match scratch_tests::is_native!() {
                true => model.temporary(),
                false => (0, 0),
            };
            let expected = (model.entries() - nameless, model.named_bytes() - bytes);
            if walked != expected {
                return Err(format!("at the end: expected {expected:?}, a walk found {walked:?}"));
            }
        }
        let usage = &report.usage;
        // What had no name any more was given back when it was closed.
        let charged = (
            usage.entries.now,
            usage.bytes.now,
            usage.open_files.now,
            usage.memory.now,
        );
        if charged != (walked.0, walked.1, 0, 0) {
            return Err(format!("at the end: a walk found {walked:?}, charged is {charged:?}"));
        }
        let over = usage.bytes.peak > limits.bytes
            || usage.entries.peak > limits.entries
            || usage.memory.peak > limits.memory
            || usage.open_files.peak > limits.open_files;
        match over || !report.is_clean() {
            true => Err(format!("{report}")),
            false => Ok(()),
        }
    }

    /// Runs the program, walks through its space, and ends it.
    async fn program(&self, limits: Limits, ops: &[Op]) -> (Outcome, String, Report, u64) {
        let input: String = ops.iter().map(|op| format!("{op}\n")).collect();
        let stdout = MemoryOutputPipe::new(OUTPUT_BYTES);
        let mut command = Command::new();
        command.allow_blocking_current_thread(true);
        command.args(&["model"]);
        command
            .wasi()
            .stdin(MemoryInputPipe::new(input))
            .stdout(stdout.clone())
            .inherit_stderr();
        let space = self.base.space_within(None, limits);
        let run = self.runner.run(&self.program, &self.provider, command, &space);
        let outcome = run.await.expect("it starts");
        let bytes = space.dir().map_or(0, |dir| bytes(&dir));
        let report = space.end();
        let printed = String::from_utf8_lossy(&stdout.contents()).into_owned();
        (outcome, printed, report, bytes)
    }
}

/// Compares what was printed with what the model says, step by step.
fn after(limits: Limits, ops: &[Op], printed: &str) -> Result<Model, String> {
    let mut model = Model::new(limits);
    let mut lines = printed.lines();
    for (number, op) in ops.iter().enumerate() {
        let expected = (model.step(op), model.bytes(), model.entries());
        let line = lines.next().unwrap_or("");
        let words: Vec<&str> = line.split(' ').collect();
        let [code, bytes, entries] = words[..] else {
            return Err(format!("step {number}, {op}: it printed {line:?}"));
        };
        let number_of = |text: &str| text.parse().unwrap_or(u64::MAX);
        let found = (Ends::of(code), number_of(bytes), number_of(entries));
        if found != expected {
            return Err(format!(
                "step {number}, {op}: expected {expected:?}, found {found:?} ({code})"
            ));
        }
    }
    Ok(model)
}

/// The sum of file sizes, each inode once.
fn bytes(dir: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;

    let mut inodes = std::collections::HashMap::new();
    for path in listing(dir).expect("the space") {
        let metadata = fs::symlink_metadata(dir.join(path)).expect("an entry");
        if metadata.is_file() {
            inodes.insert(metadata.ino(), metadata.size());
        }
    }
    inodes.values().sum()
}

/// Everything below `dir`, sorted.
fn listing(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut below = vec![PathBuf::new()];
    while let Some(path) = below.pop() {
        for entry in fs::read_dir(dir.join(&path))? {
            let entry = entry?;
            let path = path.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                below.push(path.clone());
            }
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
