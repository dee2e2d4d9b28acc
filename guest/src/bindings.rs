//! The contract and the WASI interfaces that the provider uses, as `wit-bindgen` renders them. Macros only.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::as_conversions,
    reason = "generated; the documentation is the WIT's own"
)]

wit_bindgen::generate!({
    inline: r#"
        package scratch:provider;

        world scratch-provider {
            include scratch:tempfile/provider@0.1.0;
            import wasi:filesystem/preopens@0.2.6;
            import wasi:random/random@0.2.6;
        }
    "#,
    path: "../wit",
    generate_all,
});

export!(Provider with_types_in self);

use super::Provider;

pub(crate) use exports::scratch::tempfile::{space, types};
pub(crate) use wasi::filesystem::preopens::get_directories;
pub(crate) use wasi::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorType, DirectoryEntry, ErrorCode, OpenFlags, PathFlags,
};
pub(crate) use wasi::io::streams::{InputStream, OutputStream};
pub(crate) use wasi::random::random::get_random_u64;
