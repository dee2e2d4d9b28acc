//! The tests of `programs.rs`, with the host as the provider.
#![forbid(unsafe_code)]

#[path = "../programs.rs"]
mod list;
