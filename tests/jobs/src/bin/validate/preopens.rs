//! The directories that were granted.

use anyhow::{Context as _, Result};
use scratch_tempfile::bindings::wasi::filesystem::types::Descriptor;

/// `wasi:filesystem/preopens`, over the types of the SDK.
mod wasi {
    wit_bindgen::generate!({
        inline: "
            package scratch:test-jobs;

            world extra {
                import wasi:filesystem/preopens@0.2.6;
            }
        ",
        path: "../../wit",
        with: {
            "wasi:clocks/wall-clock@0.2.6": scratch_tempfile::bindings::wasi::clocks::wall_clock,
            "wasi:filesystem/preopens@0.2.6": generate,
            "wasi:filesystem/types@0.2.6": scratch_tempfile::bindings::wasi::filesystem::types,
            "wasi:io/error@0.2.6": scratch_tempfile::bindings::wasi::io::error,
            "wasi:io/poll@0.2.6": scratch_tempfile::bindings::wasi::io::poll,
            "wasi:io/streams@0.2.6": scratch_tempfile::bindings::wasi::io::streams,
        },
    });
}

/// The directory that was granted as `path`.
pub(crate) fn find(path: &str) -> Result<Descriptor> {
    let mut granted = wasi::wasi::filesystem::preopens::get_directories().into_iter();
    let plain = |path: &str| path.trim_end_matches('/').to_owned();
    granted
        .find(|(_, name)| plain(name) == plain(path))
        .map(|(descriptor, _)| descriptor)
        .with_context(|| format!("`{path}` is not a directory that was granted"))
}
