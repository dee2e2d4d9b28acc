//! Any sequence of operations, on the file system of a space and on wasmtime-wasi's over tmpfs.
//!
//! The second is the oracle: both have to answer every operation alike, error by error, and to hold the same tree at the end. Where a
//! difference is wanted, [`departures`] says so with its reason. [`mod@decode`] makes a sequence from any bytes, for proptest and for a
//! fuzzer.
#![forbid(unsafe_code)]

pub mod compare;
pub mod decode;
pub mod departures;
pub mod operation;
pub mod ours;
pub mod outcome;
pub mod stock;

pub use compare::{Difference, compare};
pub use decode::{CHUNK, decode, decode_bytes};
pub use operation::Operation;
pub use ours::Contents;
pub use stock::find_tmpfs;
