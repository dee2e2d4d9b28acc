//! Temporary files and directories for WebAssembly components, whose deletion the host enforces.
//!
//! A program in a sandbox asks `scratch:tempfile` for a temporary file or directory and gets a handle. When the handle
//! goes away its files are gone, whatever the program does: the host sees to it, counts what is left, and hands out a
//! [`Report`].
//!
//! # Who provides it
//!
//! * **native**: the host itself, with [`add_to_linker_async`], [`add_to_linker_sync`] or [`Provider::Native`]. A file is in memory as
//!   long as it may be, then on disk without a name, and has a name only when a program asks for its path.
//! * **linked**: a provider component in the program's store, with [`add_linked_to_linker_async`] and [`LinkedPre`]; the host stands
//!   between the two and looks after every drop.
//! * **composed**: a provider that was plugged into the program ahead of time, by [`compose`], for runtimes that know nothing
//!   of this crate.
//!
//! # Examples
//!
//! The roles are those of wasmtime-wasi: a [`ScratchCtx`] in the store's data, made by a builder; a [`ScratchView`] that finds
//! it; and a function that adds to a linker. The owner of a [`Space`] lives outside of the store and ends it after the store is
//! gone.
//!
//! ```
//! use wasmtime::component::{Component, Linker, ResourceTable};
//! use wasmtime::{Engine, Store};
//! use wasmtime_scratch::{Base, ScratchCtx, ScratchCtxView, ScratchView};
//! use wasmtime_wasi::p2::bindings::CommandPre;
//! use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
//!
//! struct State {
//!     wasi: WasiCtx,
//!     scratch: ScratchCtx,
//!     table: ResourceTable,
//! }
//!
//! impl WasiView for State {
//!     fn ctx(&mut self) -> WasiCtxView<'_> {
//!         WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
//!     }
//! }
//!
//! impl ScratchView for State {
//!     fn scratch(&mut self) -> ScratchCtxView<'_> {
//!         ScratchCtxView { ctx: &mut self.scratch, table: &mut self.table }
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let somewhere = tempfile::tempdir()?;
//! # let base_path = somewhere.path().join("scratch");
//! # let program_path = scratch_tests::programs::GUIDE;
//! // Once: the base takes a lease on its directory, and removes what dead hosts left in it.
//! let base = Base::open(base_path)?;
//! let engine = Engine::default();
//! let mut linker = Linker::new(&engine);
//! wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
//! wasmtime_scratch::add_to_linker_async(&mut linker)?;
//! let program = Component::from_file(&engine, program_path)?;
//! let program = CommandPre::new(linker.instantiate_pre(&program)?)?;
//!
//! // For each request: a space costs no system call until it is used.
//! let space = base.space(Some("tenant-7".parse()?));
//! let mut wasi = WasiCtx::builder().env("TMPDIR", "/tmp").build();
//! let scratch = ScratchCtx::builder(&space).build(&mut wasi);
//! let state = State { wasi, scratch, table: ResourceTable::new() };
//! let mut store = Store::new(&engine, state);
//! let command = program.instantiate_async(&mut store).await?;
//! let ended = command.wasi_cli_run().call_run(&mut store).await;
//!
//! // However it ended: the store goes first, then everything that was made.
//! drop(store);
//! let report = space.end_async().await;
//! println!("{ended:?}: {report}");
//! assert!(report.made() > 0);
//! assert_eq!(report.receipt.entries_left, 0);
//! # ended?.expect("the guide ends well");
//! # Ok(())
//! # }
//! ```
//!
//! [`Runner`] does all of this for commands, with limits, a deadline and a receipt, as `scratch run` does:
//!
//! ```no_run
//! use wasmtime_scratch::{Base, Command, Provider, Runner};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let base = Base::open("/var/cache/example/scratch")?;
//! let runner = Runner::new()?;
//! let program = runner.program("sort.wasm", &std::fs::read("sort.wasm")?)?;
//!
//! let space = base.space(Some("tenant-7".parse()?));
//! let outcome = runner.run(&program, &Provider::Native, Command::new(), &space).await?;
//! let report = space.end_async().await;
//! println!("{outcome:?}: {report}");
//! # Ok(())
//! # }
//! ```
//!
//! # Requests, instances, sessions
//!
//! A space belongs to whatever its owner says: one for each request; one for an instance that serves call after call, which is
//! [reset](Space::reset) between them; one for several stores, one after another or at once. Instances from an `InstancePre` and
//! from the pooling allocator are like any others: what is a space's is in the store's data and nowhere else.
//!
//! # Limits
//!
//! What a space may have is said by its [`Limits`], and what all spaces of a base may have together by its [`BaseLimits`].
//! Everything that a program or a provider does, by handle or through `wasi:filesystem`, is charged before it is done, and a program at its
//! limit meets `insufficient-space`, `file-too-large` or `quota`. [`Space::usage`], [`Report::usage`] and [`Base::counters`] say what was charged.
//!
//! # What can leak, and when
//!
//! * While no host runs, nothing is removed. What a killed process left is out of every program's reach: it is under a
//!   lease that nobody holds, and the next host that opens the base removes it in the background, which
//!   [`Base::drain`] waits for.
//! * Blocks behind descriptors that the embedding program itself still holds are not freed.
//! * On a file system without `O_TMPFILE`, and where `/proc` is not mounted, a file on disk has a name from the start: it is swept
//!   like everything else, and not deleted by the kernel.
//! * A program that loops in its own code ends only where the store's epoch deadline yields, as [`Runner`]'s does:
//!   without that neither a deadline nor [`ScratchCtxBuilder::drop_timeout`] can interrupt it.
//! * What the kernel refuses to delete is moved out of the program's reach and reported as [`Residue`].
//!
//! Nothing is erased securely: the blocks go back to the file system as they are.

#![forbid(unsafe_code)]

mod base;
mod bindings;
mod budget;
mod cache;
mod carried;
mod compose;
mod contract;
mod ctx;
mod dir;
mod error;
mod guard;
mod label;
mod ledger;
mod linked;
mod linker;
mod look;
mod names;
mod native;
mod outline;
mod outside;
mod remove;
mod report;
mod reserve;
mod runner;
mod space;
mod text;
mod unnamed;
mod view;

pub use self::base::{Base, Holder, Listed, Listing, State as SpaceState, Swept};
pub use self::budget::{BaseLimits, Counters, Level, Limits, Usage};
pub use self::cache::open_cache;
pub use self::carried::{CONTRACT_FILES, GUEST_PROVIDER};
pub use self::compose::compose;
pub use self::contract::CONTRACT_VERSION;
pub use self::ctx::{DEFAULT_DROP_TIMEOUT, DEFAULT_TMP, ScratchCtx, ScratchCtxBuilder};
pub use self::error::{BaseError, LabelError, LoadError, RunError};
pub use self::label::Label;
pub use self::linked::LinkedPre;
pub use self::linker::{
    add_linked_to_linker_async, add_only_tempfile_to_linker_async, add_only_tempfile_to_linker_sync,
    add_to_linker_async, add_to_linker_sync,
};
pub use self::report::{Bytes, Counts, MAX_LISTED, Receipt, Report, Residue, Violation};
pub use self::runner::{Command, LinkOptions, Outcome, Program, Provider, RunReport, Runner, State};
pub use self::space::{END_WAIT, Space};
pub use self::text::Escaped;
pub use self::view::{ScratchCtxView, ScratchView};
