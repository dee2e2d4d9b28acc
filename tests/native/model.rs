//! The tests of `model.rs`, with the host as the provider.
#![forbid(unsafe_code)]

#[path = "../model.rs"]
mod list;
