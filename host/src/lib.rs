//! Temporary files and directories for WebAssembly components, whose deletion the host enforces.
//!
//! A program in a sandbox asks `scratch:tempfile` for a temporary file or directory and gets a handle. When the handle
//! goes away its files are gone, whatever the program does: the host sees to it, counts what is left, and hands out a
//! [`Report`].
//!
//! # Running a program
//!
//! [`Runner`] runs command components, with everything in its place:
//!
//! ```no_run
//! use wasmtime_scratch::{Base, Command, GUEST_PROVIDER, Runner};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let base = Base::open("/var/cache/example/scratch")?;
//! let runner = Runner::new()?;
//! let provider = runner.provider("guest", GUEST_PROVIDER)?;
//! let program = runner.program("sort.wasm", &std::fs::read("sort.wasm")?)?;
//!
//! let space = base.space(Some("tenant-7".parse()?));
//! let outcome = runner.run(&program, Some(&provider), Command::new(), &space).await?;
//! let report = space.end_async().await;
//! println!("{outcome:?}: {report}");
//! assert_eq!(report.receipt.entries_left, 0);
//! # Ok(())
//! # }
//! ```
//!
//! # In an embedding of its own
//!
//! The roles are those of wasmtime-wasi: a [`ScratchCtx`] in the store's data, made by a builder; a [`ScratchView`]
//! that finds it; an [`add_to_linker`] that puts `scratch:tempfile` and the guard over `wasi:filesystem` into a
//! linker; and a [`LinkedPre`], which is instantiated in each store.
//!
//! The owner of a [`Space`] lives outside of the store and ends it after the store is gone.
//!
//! # Limits
//!
//! What a space may have is said by its [`Limits`], and what all spaces of a base may have together by its [`BaseLimits`].
//! Everything that a program or a provider does through `wasi:filesystem` is charged before it is done, and a program at its
//! limit meets `quota` or `file-too-large`. [`Space::usage`], [`Report::usage`] and [`Base::counters`] say what was charged.
//!
//! # What can leak, and when
//!
//! * While no host runs, nothing is removed. What a killed process left is out of every program's reach: it is under a
//!   lease that nobody holds, and the next host that opens the base removes it in the background, which
//!   [`Base::drain`] waits for.
//! * Blocks behind descriptors that the embedding program itself still holds are not freed.
//! * A program that loops in its own code ends only where the store's epoch deadline yields, as [`Runner`]'s does:
//!   without that neither a deadline nor [`ScratchCtxBuilder::drop_timeout`] can interrupt it.
//! * What the kernel refuses to delete is moved out of the program's reach and reported as [`Residue`].
//!
//! Nothing is erased securely: the blocks go back to the file system as they are.

#![forbid(unsafe_code)]

mod base;
mod bindings;
mod budget;
mod carried;
mod compose;
mod contract;
mod ctx;
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
mod remove;
mod report;
mod reserve;
mod runner;
mod space;
mod unnamed;
mod view;

pub use self::base::{Base, Holder, Listed, Listing, State as SpaceState, Swept};
pub use self::budget::{BaseLimits, Counters, Level, Limits, Usage};
pub use self::carried::{CONTRACT_FILES, GUEST_PROVIDER};
pub use self::compose::compose;
pub use self::contract::CONTRACT_VERSION;
pub use self::ctx::{DEFAULT_DROP_TIMEOUT, DEFAULT_TMP, ScratchCtx, ScratchCtxBuilder};
pub use self::error::{BaseError, LabelError, LoadError, RunError};
pub use self::label::Label;
pub use self::linked::LinkedPre;
pub use self::linker::{
    add_linked_to_linker_async, add_only_tempfile_to_linker_async, add_only_tempfile_to_linker_sync,
    add_to_linker_async,
};
pub use self::report::{Counts, MAX_LISTED, Receipt, Report, Residue, Violation};
pub use self::runner::{Command, Outcome, Program, Provider, RunReport, Runner, State};
pub use self::space::{END_WAIT, Space};
pub use self::view::{ScratchCtxView, ScratchView};
