//! The contract itself, `scratch:tempfile`, as `wit-bindgen` renders it, with the WASI interfaces that it names.
//!
//! For programs that want more than this crate offers so far: streams, descriptors, `keep`, `persist`, and the limits and
//! the usage of the space. `as_handle` and `into_handle` of [`File`](crate::File), [`NamedTempFile`](crate::NamedTempFile)
//! and [`TempDir`](crate::TempDir) lead here. The documentation of each item is the contract's own.

wit_bindgen::generate!({
    world: "imports",
    path: "../../wit",
    generate_all,
});
