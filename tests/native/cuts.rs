//! The tests of `cuts.rs`, with the host as the provider.
#![forbid(unsafe_code)]

#[path = "../cuts.rs"]
mod list;
