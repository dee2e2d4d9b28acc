//! The tests of `jobs.rs`, with the host as the provider.
#![forbid(unsafe_code)]

#[path = "../jobs.rs"]
mod list;
