//! What the tests share: one engine for a test binary, a base of its own for each run, and what stood in it afterwards.

#![allow(
    dead_code,
    reason = "each test binary is a crate of its own and uses what it needs of this"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

pub(crate) use scratch_tests::entries;
use tempfile::TempDir;
use wasmtime::Config;
use wasmtime_scratch::{
    Base, BaseLimits, Command, GUEST_PROVIDER, Limits, Outcome, Program, Provider, Report, RunError, Runner, Space,
};
use wasmtime_wasi::FsPerms;
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};

/// Both storages: every case runs with files on disk from the start, and with the provider's choice.
pub(crate) const STORAGES: [&str; 2] = ["disk", "default"];

/// How many entries stand in the space of a program that has opened everything, on the disk: 4 by path, the directories, the
/// named file, and the other four unless they have no name.
pub(crate) fn everything() -> u64 {
    match scratch_tests::is_native!() {
        true => 4 + 2 + 1,
        false => 4 + 2 + 5,
    }
}

/// What a program may print.
const OUTPUT_BYTES: usize = 1 << 20;

static RUNNER: LazyLock<Runner> = LazyLock::new(|| Runner::new().expect("this machine runs wasmtime"));
static FUELED: LazyLock<Runner> = LazyLock::new(|| {
    let mut config = Config::new();
    config.consume_fuel(true);
    Runner::with_config(config).expect("this machine runs wasmtime")
});

/// A run that is being set up.
pub(crate) struct Run {
    program: PathBuf,
    provider: Option<PathBuf>,
    args: Vec<String>,
    stdin: Vec<u8>,
    /// What it prints, as it is; [`Ran`] has it as text.
    pub(crate) stdout: MemoryOutputPipe,
    command: Command,
    fueled: bool,
    limits: Limits,
    base_limits: BaseLimits,
    pub(crate) host: Host,
}

/// The host's side of a run.
pub(crate) struct Host {
    dir: TempDir,
}

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) outcome: Outcome,
    pub(crate) report: Report,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// What was left under the base, but for its layout file.
    pub(crate) left: Vec<PathBuf>,
}

impl Host {
    pub(crate) fn new() -> Host {
        Host {
            dir: tempfile::tempdir().expect("the tests may make temporary directories"),
        }
    }

    /// The base, which nobody has opened yet.
    pub(crate) fn base(&self) -> PathBuf {
        self.dir.path().join("base")
    }

    /// A directory to grant, made now.
    pub(crate) fn granted(&self) -> PathBuf {
        let granted = self.dir.path().join("granted");
        fs::create_dir_all(&granted).expect("a directory to grant");
        granted
    }

    /// What stands under the base, but for its layout file.
    pub(crate) fn left(&self) -> Vec<PathBuf> {
        entries(&self.base())
            .into_iter()
            .filter(|path| path != Path::new("layout"))
            .collect()
    }
}

impl Run {
    /// A run of the program at `path`.
    pub(crate) fn new(path: &str) -> Run {
        Run {
            program: PathBuf::from(path),
            provider: None,
            args: Vec::new(),
            stdin: Vec::new(),
            stdout: MemoryOutputPipe::new(OUTPUT_BYTES),
            command: quick(),
            fueled: false,
            limits: Limits::UNLIMITED,
            base_limits: unlimited_base(),
            host: Host::new(),
        }
    }

    /// The same with the provider at `path` in the place of the one that this test binary is about.
    pub(crate) fn provider(mut self, path: &str) -> Run {
        self.provider = Some(PathBuf::from(path));
        self
    }

    pub(crate) fn arg(mut self, arg: &str) -> Run {
        self.args.push(arg.to_owned());
        self
    }

    pub(crate) fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Run {
        self.stdin = bytes.as_ref().to_owned();
        self
    }

    pub(crate) fn timeout(mut self, timeout: Duration) -> Run {
        self.command.timeout(timeout);
        self
    }

    pub(crate) fn fuel(mut self, fuel: u64) -> Run {
        self.command.fuel(fuel);
        self.fueled = true;
        self
    }

    /// Limits of its space; there are none otherwise.
    pub(crate) fn within(mut self, limits: Limits) -> Run {
        self.limits = limits;
        self
    }

    /// Limits of its base; there are none otherwise.
    pub(crate) fn base_within(mut self, limits: BaseLimits) -> Run {
        self.base_limits = limits;
        self
    }

    /// Any other setting.
    pub(crate) fn with(mut self, set: impl FnOnce(&mut Command)) -> Run {
        set(&mut self.command);
        self
    }

    /// Grants a new, empty directory as `/out`.
    pub(crate) fn granting_out(mut self) -> Run {
        let granted = self.host.granted();
        self.command.dir(granted, "/out", FsPerms::ReadWrite);
        self
    }

    /// Runs it, ends its space, and looks at the base.
    pub(crate) fn run(self) -> Ran {
        self.try_run().expect("the program starts")
    }

    pub(crate) fn try_run(self) -> Result<Ran, RunError> {
        self.run_and_keep_host().map(|(ran, _)| ran)
    }

    /// As [`run`](Run::run), with the host's side, to look further.
    pub(crate) fn run_and_keep_host(self) -> Result<(Ran, Host), RunError> {
        let Ready {
            run,
            space,
            base,
            host,
            output,
        } = self.ready();
        let (outcome, report) = block_on(async {
            let outcome = run.await;
            (outcome, space.end_async().await)
        });
        drop(base);
        let ran = output.ran(outcome?, report, &host);
        ran.assert_charged();
        Ok((ran, host))
    }

    /// Everything but the run itself: for who drives it in a way of his own.
    pub(crate) fn ready(self) -> Ready {
        let Run {
            program,
            provider,
            args,
            stdin,
            stdout,
            mut command,
            fueled,
            limits,
            base_limits,
            host,
        } = self;
        let runner = if fueled { &*FUELED } else { &*RUNNER };
        let name = program.file_name().and_then(|name| name.to_str()).unwrap_or("-");
        let program = load(fueled, &program, |bytes| runner.program(name, bytes).expect("it loads"));
        let provider = match provider {
            None => loaded_provider(fueled, runner),
            Some(path) => Provider::Linked(runner.provider("bad", &read(&path)).expect("the provider loads")),
        };
        let stderr = MemoryOutputPipe::new(OUTPUT_BYTES);
        command.args(&[name]).args(&args);
        command
            .wasi()
            .stdin(MemoryInputPipe::new(stdin))
            .stdout(stdout.clone())
            .stderr(stderr.clone());

        let base = Base::open_within(host.base(), base_limits).expect("the base opens");
        let space = base.space_within(None, limits);
        Ready {
            run: Box::pin(runner.run(&program, &provider, command, &space)),
            space,
            base,
            host,
            output: Printed { stdout, stderr },
        }
    }
}

/// A base without any limit.
pub(crate) fn unlimited_base() -> BaseLimits {
    let mut limits = BaseLimits::default();
    limits.bytes = Some(u64::MAX);
    limits.entries = Some(u64::MAX);
    limits.open_files = Some(u64::MAX);
    limits.memory = Some(u64::MAX);
    limits
}

/// A run that nobody awaits yet.
pub(crate) struct Ready {
    pub(crate) run: Pin<Box<dyn Future<Output = Result<Outcome, RunError>> + Send>>,
    pub(crate) space: Space,
    pub(crate) base: Base,
    pub(crate) host: Host,
    pub(crate) output: Printed,
}

/// What a program prints.
pub(crate) struct Printed {
    stdout: MemoryOutputPipe,
    stderr: MemoryOutputPipe,
}

impl Printed {
    /// What became of a run whose base is closed.
    pub(crate) fn ran(&self, outcome: Outcome, report: Report, host: &Host) -> Ran {
        let text = |pipe: &MemoryOutputPipe| String::from_utf8_lossy(&pipe.contents()).into_owned();
        Ran {
            outcome,
            report,
            stdout: text(&self.stdout),
            stderr: text(&self.stderr),
            left: host.left(),
        }
    }
}

impl Ran {
    /// What was charged in the end is what stood there: nobody on the host's side changed anything.
    #[track_caller]
    fn assert_charged(&self) {
        let (usage, receipt) = (&self.report.usage, &self.report.receipt);
        let charged = (usage.entries.now, usage.bytes.now);
        let found = (receipt.entries_found, receipt.bytes_found);
        match self.outcome.is_success() {
            true => assert_eq!(charged, found, "{self:#?}"),
            // Something may have been in flight.
            false => assert!(charged.0 >= found.0 && charged.1 >= found.1, "{self:#?}"),
        }
        assert_eq!((usage.open_files.now, usage.memory.now), (0, 0), "{self:#?}");
    }

    /// Nothing is left, on the host's own count and on ours.
    #[track_caller]
    pub(crate) fn assert_nothing_left(&self) -> &Ran {
        assert_eq!(self.left, Vec::<PathBuf>::new(), "left under the base: {self:#?}");
        assert_eq!(self.report.receipt.entries_left, 0, "{self:#?}");
        assert_eq!(self.report.residue_count, 0, "{self:#?}");
        for counts in [self.report.files, self.report.directories] {
            let ended = counts.dropped + counts.closed + counts.kept + counts.persisted + counts.by_host;
            assert_eq!(counts.created, ended, "a handle ended twice, or not at all: {self:#?}");
        }
        self
    }

    #[track_caller]
    pub(crate) fn assert_success(&self) -> &Ran {
        assert_eq!(self.outcome, Outcome::Exit { code: 0 }, "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn assert_trap(&self, message: &str) -> &Ran {
        match &self.outcome {
            Outcome::Trap { message: found, .. } => assert!(found.contains(message), "{found:?}"),
            other => panic!("no trap but {other:?}: {self:#?}"),
        }
        self
    }

    #[track_caller]
    pub(crate) fn assert_violations(&self, count: u64) -> &Ran {
        assert_eq!(self.report.violation_count, count, "{self:#?}");
        self
    }
}

/// Settings with which small files on disk are ten times quicker.
fn quick() -> Command {
    let mut command = Command::new();
    command.allow_blocking_current_thread(true);
    command
}

/// Waits for a future on a runtime of its own.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// A program compiled once for a test binary: cranelift is slow in a debug build.
fn load(fueled: bool, path: &Path, compile: impl FnOnce(&[u8]) -> Program) -> Arc<Program> {
    type Loaded = BTreeMap<(bool, PathBuf), Arc<Program>>;
    static LOADED: Mutex<Loaded> = Mutex::new(BTreeMap::new());
    let key = (fueled, path.to_owned());
    if let Some(program) = LOADED.lock().expect("nobody panics with it").get(&key) {
        return Arc::clone(program);
    }
    let program = Arc::new(compile(&read(path)));
    let mut loaded = LOADED.lock().expect("nobody panics with it");
    Arc::clone(loaded.entry(key).or_insert(program))
}

/// The provider that this test binary is about.
pub(crate) fn provider(runner: &Runner) -> Provider {
    match scratch_tests::is_native!() {
        true => Provider::Native,
        false => Provider::Linked(
            runner
                .provider("guest", GUEST_PROVIDER)
                .expect("the guest provider loads"),
        ),
    }
}

/// The same, compiled once.
fn loaded_provider(fueled: bool, runner: &Runner) -> Provider {
    static LOADED: Mutex<BTreeMap<bool, Provider>> = Mutex::new(BTreeMap::new());
    let mut loaded = LOADED.lock().expect("nobody panics with it");
    loaded.entry(fueled).or_insert_with(|| provider(runner)).clone()
}

pub(crate) fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
