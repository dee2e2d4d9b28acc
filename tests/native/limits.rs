//! The tests of `limits.rs`, with the host as the provider.
#![forbid(unsafe_code)]

#[path = "../limits.rs"]
mod list;
