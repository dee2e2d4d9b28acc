//! The tests of `faults.rs`, with the host as the provider.
#![forbid(unsafe_code)]

#[path = "../faults.rs"]
mod list;
