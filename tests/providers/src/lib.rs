//! A provider of `scratch:tempfile` in few words, and a hook for every way to break the contract.
//!
//! The provider works by path with `std::fs` and holds no descriptor between two calls. Without a sin it is correct, but for what follows from
//! that, and for a `persist` that only renames: `tests/conformance/expectations/sinless.toml` lists it. Each component in `examples` is this
//! provider with one [`Sin`]; all but `sinless` keep everything on the disk, whatever the program asks for, so that a sin shows in either
//! storage.

#[expect(missing_docs, reason = "generated")]
pub mod bindings;
mod directory;
mod error;
mod file;
mod name;
mod node;
mod place;
mod provider;
mod sin;
mod usage;

pub use bindings::export;
pub use directory::Directory;
pub use file::File;
pub use name::unique;
pub use place::remove;
pub use provider::Provider;
pub use sin::{Sin, When};
