//! The guest component that provides `scratch:tempfile` on one preopened directory.
//!
//! It is the portable reference: an ordinary WASI 0.2.6 component without any privilege, which a host links behind a program
//! (linked) or a build plugs into it ahead of time (composed). What it promises is the contract in
//! `wit/tempfile.wit`; what it *cannot* promise is that anything runs after a trap or after the host's death. A host
//! that knows spaces does that part; elsewhere a program that is aborted leaves what it had open.
//!
//! # Where files live
//!
//! In the preopen that `TMPDIR` names, else in the one called `/tmp`; without either, whatever needs storage answers
//! `unsupported`, and so it does when libc cannot tell that preopen from another one (`/tmp` and `tmp`). No other directory
//! is ever touched, the search is made when a file first needs the disk, and the whole provider makes a single ambient open
//! (`root`). Files start in memory (`memory`) and move to disk when they have to.
//!
//! Whether the directory is private is its owner's choice. A host that knows spaces shows each instance one of its own, with
//! mode 0700. Composed and on a stock runtime it is what was granted, shared with whoever else can reach it, and what is made
//! in it has the permissions that the runtime's umask leaves.
//!
//! # Limits
//!
//! The WASI 0.1 adapter, which trees are deleted through, has a table of 128 descriptors, and all preopens go into it. From
//! about 120 preopens on, deleting a directory that is not empty answers `insufficient-memory`; from 126 on, deleting any
//! directory traps.
//!
//! # What can leak, and when
//!
//! - An entry that the host refuses to delete: `close` reports it, a drop cannot.
//! - Everything, when the instance traps or its host dies, on a host that does not know spaces.
//! - The original, when `persist` had to copy and could not delete it afterwards.
//!
//! # Parts
//!
//! | module | what it knows |
//! | --- | --- |
//! | `bindings` | macros only |
//! | `error` | one table from the errors of cap-std to `error-code` |
//! | `names` | which affixes and names are valid, and random names |
//! | `memory` | bytes held in memory, and the total for all of them |
//! | `root` | the one directory: found, opened, and used by path |
//! | `file`, `directory` | the two resources |
//! | `remove` | the only code that deletes a tree |
//! | `persist`, `copy` | moving an entry out, and how if it cannot be renamed |
//! | `space` | path, limits and usage |
#![deny(unsafe_code)]

#[allow(unsafe_code, reason = "what `export!` makes of the canonical ABI")]
mod bindings;

mod copy;
mod directory;
mod error;
mod file;
mod memory;
mod names;
mod persist;
mod remove;
mod root;
mod space;

/// What the component exports; it has no state of its own.
struct Provider;

impl bindings::types::Guest for Provider {
    type TemporaryDirectory = directory::Handle;
    type TemporaryFile = file::Handle;
}
