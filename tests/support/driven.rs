//! Programs that do what they are told, a line an operation, in spaces of one base.

use std::fs;

use scratch_tests::programs;
use wasmtime_scratch::{Base, BaseLimits, Command, Outcome, Program, Provider, Runner, Space};
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};

/// A host that runs `programs::MODEL` in any space.
pub(crate) struct Host {
    pub(crate) runner: Runner,
    program: Program,
    pub(crate) provider: Provider,
    pub(crate) base: Base,
    may_hop: bool,
    _dir: tempfile::TempDir,
}

impl Host {
    /// `may_hop`: file operations run on other threads, so that those of several instances run at once.
    pub(crate) fn new(limits: BaseLimits, may_hop: bool) -> Host {
        let dir = tempfile::tempdir().expect("a directory");
        let runner = Runner::new().expect("wasmtime runs");
        Host {
            program: runner
                .program("model", &fs::read(programs::MODEL).expect("it was built"))
                .expect("it loads"),
            provider: super::support::provider(&runner),
            runner,
            base: Base::open_within(dir.path().join("base"), limits).expect("the base opens"),
            may_hop,
            _dir: dir,
        }
    }

    /// One that several instances run on at once.
    pub(crate) fn runtime(threads: usize) -> tokio::runtime::Runtime {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        runtime.worker_threads(threads).enable_time();
        runtime.build().expect("a runtime")
    }

    /// How each line ended.
    pub(crate) async fn run(&self, space: &Space, lines: &str) -> String {
        let stdout = MemoryOutputPipe::new(1 << 20);
        let mut command = Command::new();
        command.args(&["model"]).allow_blocking_current_thread(!self.may_hop);
        command
            .wasi()
            .stdin(MemoryInputPipe::new(lines.to_owned()))
            .stdout(stdout.clone())
            .inherit_stderr();
        let run = self.runner.run(&self.program, &self.provider, command, space);
        let outcome = run.await.expect("it starts");
        assert_eq!(outcome, Outcome::Exit { code: 0 });
        let printed = String::from_utf8_lossy(&stdout.contents()).into_owned();
        let codes: Vec<&str> = printed.lines().filter_map(|line| line.split(' ').next()).collect();
        codes.join(" ")
    }
}
