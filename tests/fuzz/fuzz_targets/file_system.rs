//! Any sequence of operations on a space, which has to answer as wasmtime-wasi does on tmpfs: `just fuzz-vfs`.
#![no_main]

use scratch_vfs_tests::{compare, decode_bytes, find_tmpfs};
use std::path::PathBuf;
use std::sync::LazyLock;

static TMPFS: LazyLock<PathBuf> = LazyLock::new(|| find_tmpfs().expect("there is a tmpfs"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (contents, operations) = decode_bytes(bytes);
    if let Err(difference) = compare(&TMPFS, contents, &operations) {
        panic!("contents in {contents:?}, {difference}");
    }
});
