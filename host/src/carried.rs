//! What the crate carries for others to use: the guest provider and the contract.

/// The guest component, which provides `scratch:tempfile` on a preopened directory. Any WASI 0.2 runtime can run it.
pub static GUEST_PROVIDER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/provider.wasm"));

/// The contract, as the files of a `wit` folder: path and text, what it depends on included.
pub static CONTRACT_FILES: [(&str, &str); 5] = [
    ("tempfile.wit", include_str!("../../wit/tempfile.wit")),
    (
        "deps/wasi-clocks-0.2.6.wit",
        include_str!("../../wit/deps/wasi-clocks-0.2.6.wit"),
    ),
    (
        "deps/wasi-filesystem-0.2.6.wit",
        include_str!("../../wit/deps/wasi-filesystem-0.2.6.wit"),
    ),
    (
        "deps/wasi-io-0.2.6.wit",
        include_str!("../../wit/deps/wasi-io-0.2.6.wit"),
    ),
    (
        "deps/wasi-random-0.2.6.wit",
        include_str!("../../wit/deps/wasi-random-0.2.6.wit"),
    ),
];
