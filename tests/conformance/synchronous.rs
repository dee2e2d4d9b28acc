//! The suite in synchronous stores, with the host as the provider: what an embedder has from `add_to_linker_sync`.

use std::fs;
use std::sync::LazyLock;

use libtest_mimic::{Arguments, Failed, Trial};
use scratch_conformance::{CASES, Case, Ended, OUT, SMALL, SUITE, Storage, entries};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};
use wasmtime_scratch::{Base, BaseLimits, Limits, ScratchCtx};
use wasmtime_wasi::p2::bindings::sync::CommandPre;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{FsPerms, WasiCtx};

use crate::store::State;
use crate::{is_wanted, random_numbers_are_the_hosts_own};

/// What a case may print, in bytes.
const OUTPUT_BYTES: usize = 64 << 10;

static PROGRAM: LazyLock<wasmtime::Result<CommandPre<State>>> = LazyLock::new(|| {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
    wasmtime_scratch::add_to_linker_sync(&mut linker)?;
    CommandPre::new(linker.instantiate_pre(&Component::new(&engine, SUITE)?)?)
});

pub(crate) fn trials(arguments: &Arguments, trials: &mut Vec<Trial>) {
    for case in CASES {
        for &storage in case.storages {
            let name = format!("synchronous::{}::{storage}", case.name);
            if case.same_random_bytes > 0 {
                trials.push(random_numbers_are_the_hosts_own(name));
            } else if is_wanted(arguments, &name) {
                trials.push(Trial::test(name, move || Ok(case.judge(&run(case, storage)?)?)));
            }
        }
    }
}

/// Runs a case in a space of a base of its own.
fn run(case: &Case, storage: Storage) -> Result<Ended, Failed> {
    let program = PROGRAM.as_ref()?;
    let dir = tempfile::tempdir()?;
    let granted = dir.path().join("out");
    fs::create_dir(&granted)?;
    let mut unlimited = BaseLimits::default();
    unlimited.bytes = Some(u64::MAX);
    unlimited.open_files = Some(u64::MAX);
    let base = Base::open_within(dir.path().join("base"), unlimited)?;
    let space = base.space_within(None, limits(case));

    let [stdout, stderr] = [(); 2].map(|()| MemoryOutputPipe::new(OUTPUT_BYTES));
    let mut wasi = WasiCtx::builder();
    wasi.arg("suite").args(&case.args(storage));
    wasi.stdout(stdout.clone()).stderr(stderr.clone());
    if let Some(tmp) = case.tmp {
        wasi.env("TMPDIR", tmp);
    }
    wasi.preopened_dir(&granted, OUT, FsPerms::ReadWrite)?;
    let mut wasi = wasi.build();
    let scratch = ScratchCtx::builder(&space).tmp(case.tmp).build(&mut wasi);
    let mut store = Store::new(program.engine(), State::new((), wasi, scratch));
    let ended = program
        .instantiate(&mut store)
        .and_then(|program| program.wasi_cli_run().call_run(&mut store));
    drop(store);

    let left = space.entries();
    let report = space.end();
    let failure = match ended {
        Ok(Ok(())) if report.receipt.entries_left > 0 => Some(format!("some could not be removed: {report}")),
        Ok(Ok(())) => None,
        Ok(Err(())) => Some("exit 1".to_owned()),
        Err(trap) => Some(format!("{trap:?}")),
    };
    let text = |pipe: &MemoryOutputPipe| String::from_utf8_lossy(&pipe.contents()).into_owned();
    Ok(Ended {
        failure,
        stdout: text(&stdout),
        stderr: text(&stderr),
        left,
        out: entries(&granted)?,
    })
}

fn limits(case: &Case) -> Limits {
    let mut limits = Limits::UNLIMITED;
    if case.is_limited {
        limits.bytes = SMALL.bytes;
        limits.file_bytes = SMALL.file_bytes;
        limits.entries = SMALL.entries;
        limits.open_files = SMALL.open_files;
        limits.depth = SMALL.depth;
    }
    limits
}
