//! `bindgen!` only: what a provider component exports, as typed calls.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::as_conversions,
    reason = "generated code"
)]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "scratch:tempfile/provider",
    imports: { default: async | trappable },
    exports: { default: async },
    with: {
        "wasi:io": wasmtime_wasi::p2::bindings::io,
        "wasi:clocks": wasmtime_wasi::p2::bindings::clocks,
        "wasi:filesystem": wasmtime_wasi::p2::bindings::filesystem,
    },
});
