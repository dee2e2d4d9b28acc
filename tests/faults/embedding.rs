//! An embedding with a store and a linker of its own, whose host has a bug.

use std::future::Future;

use scratch_tests::programs;
use wasmtime::component::{Component, Linker, Resource};
use wasmtime::{Engine, Store};
use wasmtime_scratch::{GUEST_PROVIDER, LinkedPre, ScratchCtx, Space};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::p2::{DynPollable, add_to_linker_async};

use super::store;

/// What an embedder has in a store beside the contexts. It may panic when it is dropped.
pub(crate) struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a bug in a drop of the host");
    }
}

type State = store::State<Option<Bomb>>;

/// Runs a program that opens everything, on the disk, and then calls the host's `wasi:io/poll`, which has a bug.
pub(crate) struct Embedding {
    engine: Engine,
    program: CommandPre<State>,
    /// `None` if it is the host itself.
    provider: Option<LinkedPre<State>>,
}

impl Embedding {
    pub(crate) fn new(bug: fn()) -> Embedding {
        let engine = Engine::default();
        let mut linker = Linker::new(&engine);
        add_to_linker_async(&mut linker).expect("WASI goes into a linker");
        let is_native = scratch_tests::is_native!();
        match is_native {
            true => wasmtime_scratch::add_to_linker_async(&mut linker),
            false => wasmtime_scratch::add_linked_to_linker_async(&mut linker),
        }
        .expect("and so does scratch");
        linker.allow_shadowing(true);
        linker
            .instance("wasi:io/poll@0.2.12")
            .expect("it is there")
            .func_wrap("poll", move |_, (_,): (Vec<Resource<DynPollable>>,)| {
                bug();
                Ok((vec![0_u32],))
            })
            .expect("it can be replaced");
        let component = Component::from_file(&engine, programs::TRAP_IN_HOST_CALL).expect("it loads");
        let program = linker
            .instantiate_pre(&component)
            .and_then(CommandPre::new)
            .expect("it fits");
        let provider = Component::new(&engine, GUEST_PROVIDER).expect("it loads");
        let provider = LinkedPre::new(&engine, &provider, "guest").expect("it is a provider");
        let provider = (!is_native).then_some(provider);
        Embedding {
            engine,
            program,
            provider,
        }
    }

    /// Runs it once; the store is gone when this returns.
    pub(crate) fn run(&self, space: &Space, bomb: Option<Bomb>) -> impl Future<Output = wasmtime::Result<()>> + Send {
        let mut wasi = WasiCtx::builder()
            .args(&["program", "disk"])
            .stdout(MemoryOutputPipe::new(1 << 16))
            .stderr(MemoryOutputPipe::new(1 << 16))
            .build();
        let scratch = ScratchCtx::builder(space).build(&mut wasi);
        let mut store = Store::new(&self.engine, State::new(bomb, wasi, scratch));
        async move {
            if let Some(provider) = &self.provider {
                provider.instantiate(&mut store).await?;
            }
            let program = self.program.instantiate_async(&mut store).await?;
            let ended = program.wasi_cli_run().call_run(&mut store).await?;
            ended.map_err(|()| wasmtime::Error::msg("it failed"))
        }
    }
}
