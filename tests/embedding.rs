//! Embeddings with stores and linkers of their own: synchronous ones, ones with nothing but `scratch:tempfile`, and instances
//! out of a pool.

#![forbid(unsafe_code)]

mod support;

#[path = "support/store.rs"]
mod store;

#[path = "embedding/only.rs"]
mod only;
#[path = "embedding/pooled.rs"]
mod pooled;
#[path = "embedding/synchronous.rs"]
mod synchronous;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use store::State;
use support::{Host, unlimited_base};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};
use wasmtime_scratch::{Base, Report, ScratchCtx, Space};
use wasmtime_wasi::p2::bindings::{CommandPre, sync};
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};
use wasmtime_wasi::{FsPerms, WasiCtx};

/// What adds to a linker.
type Add = fn(&mut Linker<State>) -> wasmtime::Result<()>;

const WASI_SYNC: Add = wasmtime_wasi::p2::add_to_linker_sync;
const WASI_ASYNC: Add = wasmtime_wasi::p2::add_to_linker_async;

static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::default);

fn linker(engine: &Engine, wasi: Add, ours: Add) -> Linker<State> {
    let mut linker = Linker::new(engine);
    wasi(&mut linker).expect("WASI goes into a linker");
    ours(&mut linker).expect("and so do temporary files");
    linker
}

fn load(engine: &Engine, program: &str) -> Component {
    Component::from_file(engine, program).expect("it loads")
}

fn synchronous(engine: &Engine, program: &str, ours: Add) -> sync::CommandPre<State> {
    let pre = linker(engine, WASI_SYNC, ours).instantiate_pre(&load(engine, program));
    pre.and_then(sync::CommandPre::new).expect("it fits")
}

fn asynchronous(engine: &Engine, program: &str, ours: Add) -> CommandPre<State> {
    let pre = linker(engine, WASI_ASYNC, ours).instantiate_pre(&load(engine, program));
    pre.and_then(CommandPre::new).expect("it fits")
}

/// What a program is given.
#[derive(Clone, Copy, Default)]
struct Given<'a> {
    args: &'a [&'a str],
    stdin: &'a str,
    /// Granted as `/out`.
    out: Option<&'a Path>,
}

impl Given<'_> {
    fn store(self, engine: &Engine, space: &Space) -> (Store<State>, Printed) {
        let printed = Printed {
            stdout: MemoryOutputPipe::new(1 << 20),
            stderr: MemoryOutputPipe::new(1 << 20),
        };
        let mut wasi = WasiCtx::builder();
        wasi.arg("program")
            .args(self.args)
            .env("TMPDIR", "/tmp")
            .stdin(MemoryInputPipe::new(self.stdin.to_owned()))
            .stdout(printed.stdout.clone())
            .stderr(printed.stderr.clone());
        if let Some(out) = self.out {
            wasi.preopened_dir(out, "/out", FsPerms::ReadWrite)
                .expect("it is there");
        }
        let mut wasi = wasi.build();
        let scratch = ScratchCtx::builder(space).build(&mut wasi);
        (Store::new(engine, State::new((), wasi, scratch)), printed)
    }
}

struct Printed {
    stdout: MemoryOutputPipe,
    stderr: MemoryOutputPipe,
}

/// How a program ended, with what it said. Its store is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ended {
    Well { printed: String },
    InError { said: String },
    InTrap { said: String },
}

impl Ended {
    fn new(ended: wasmtime::Result<Result<(), ()>>, printed: &Printed) -> Ended {
        let text = |pipe: &MemoryOutputPipe| String::from_utf8_lossy(&pipe.contents()).into_owned();
        let said = text(&printed.stderr);
        match ended {
            Ok(Ok(())) => Ended::Well {
                printed: text(&printed.stdout),
            },
            Ok(Err(())) => Ended::InError { said },
            Err(trap) => Ended::InTrap {
                said: format!("{said}{trap:?}"),
            },
        }
    }

    #[track_caller]
    fn printed(&self) -> &str {
        match self {
            Ended::Well { printed } => printed,
            other => panic!("{other:?}"),
        }
    }
}

fn run(program: &sync::CommandPre<State>, space: &Space, given: Given<'_>) -> Ended {
    let (mut store, printed) = given.store(program.engine(), space);
    let ended = program
        .instantiate(&mut store)
        .and_then(|program| program.wasi_cli_run().call_run(&mut store));
    Ended::new(ended, &printed)
}

async fn run_async(program: &CommandPre<State>, space: &Space, given: Given<'_>) -> Ended {
    let (mut store, printed) = given.store(program.engine(), space);
    let ended = match program.instantiate_async(&mut store).await {
        Ok(program) => program.wasi_cli_run().call_run(&mut store).await,
        Err(error) => Err(error),
    };
    Ended::new(ended, &printed)
}

fn open(host: &Host) -> Base {
    Base::open_within(host.base(), unlimited_base()).expect("the base opens")
}

/// The store is gone, and so is what was charged for handles, descriptors and streams; then the space, with all that was in it.
#[track_caller]
fn assert_nothing_left(report: &Report) {
    let held = [report.usage.open_files, report.usage.memory];
    assert_eq!(held.map(|level| level.now), [0; 2], "{report:#?}");
    assert_eq!(
        (report.receipt.entries_left, report.residue_count),
        (0, 0),
        "{report:#?}"
    );
    let ended = [report.files, report.directories]
        .map(|counts| counts.dropped + counts.closed + counts.kept + counts.persisted + counts.by_host);
    let created = [report.files.created, report.directories.created];
    assert_eq!(created, ended, "a handle ended twice, or not at all: {report:#?}");
}

/// Every space has ended: the charges are back to nothing, and there is nothing in the base.
#[track_caller]
fn assert_all_over(base: Base, host: &Host, spaces: u64) {
    let counters = base.counters();
    assert_eq!(
        (counters.spaces_made, counters.spaces_ended),
        (spaces, spaces),
        "{counters:#?}"
    );
    let levels = [counters.bytes, counters.memory, counters.entries, counters.open_files];
    assert_eq!(levels.map(|level| level.now), [0; 4], "{counters:#?}");
    assert_eq!((counters.violations, counters.residue), (0, 0), "{counters:#?}");
    drop(base);
    assert_eq!(host.left(), Vec::<PathBuf>::new());
}

#[test]
fn a_linker_allows_shadowing_afterwards_if_it_did_before() {
    fn assert_allows(linker: &Linker<State>, allowed: bool, what: &str) {
        let mut linker = linker.clone();
        let mut probe = linker.instance("embedder:probe/probe").expect("it is new");
        let mut add = || probe.func_wrap("probe", |_, (): ()| Ok(())).is_ok();
        assert_eq!((add(), add()), (true, allowed), "{what}");
    }

    let all: [(&str, Add, Add); 5] = [
        ("all, synchronous", WASI_SYNC, wasmtime_scratch::add_to_linker_sync),
        ("all, asynchronous", WASI_ASYNC, wasmtime_scratch::add_to_linker_async),
        ("linked", WASI_ASYNC, wasmtime_scratch::add_linked_to_linker_async),
        (
            "only, synchronous",
            WASI_SYNC,
            wasmtime_scratch::add_only_tempfile_to_linker_sync,
        ),
        (
            "only, asynchronous",
            WASI_ASYNC,
            wasmtime_scratch::add_only_tempfile_to_linker_async,
        ),
    ];
    for (what, wasi, ours) in all {
        for allowed in [false, true] {
            let mut linker = Linker::new(&ENGINE);
            wasi(&mut linker).expect("WASI goes into a linker");
            linker.allow_shadowing(allowed);
            ours(&mut linker).expect("and so do temporary files");
            assert_allows(&linker, allowed, what);
            // Not either when it fails, for `scratch:tempfile` is there already.
            assert_eq!(ours(&mut linker).is_ok(), allowed, "{what}");
            assert_allows(&linker, allowed, what);
        }
    }
}
