//! The files that the subcommands read: programs and providers.

use std::borrow::Cow;
use std::fs;
use std::io::Read as _;

use anyhow::{Context as _, Result};
use wasmtime_scratch::GUEST_PROVIDER;

/// The name of the provider that the host itself is.
pub(crate) const NATIVE: &str = "native";

/// The name of the provider that the command carries.
pub(crate) const GUEST: &str = "guest";

/// A file's bytes, and its name for messages.
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) bytes: Cow<'static, [u8]>,
}

/// The program at a path, or from standard input where that is `-`.
pub(crate) fn program(path: &str) -> Result<Input> {
    let bytes = if path == "-" {
        let mut bytes = Vec::new();
        std::io::stdin()
            .read_to_end(&mut bytes)
            .context("failed to read the program from standard input")?;
        bytes
    } else {
        fs::read(path).with_context(|| format!("failed to read the program `{path}`"))?
    };
    Ok(Input {
        name: file_name(path).to_owned(),
        bytes: Cow::Owned(bytes),
    })
}

/// The provider that the command carries, or the one in a file.
pub(crate) fn provider(path: &str) -> Result<Input> {
    if path == GUEST {
        return Ok(Input {
            name: GUEST.to_owned(),
            bytes: Cow::Borrowed(GUEST_PROVIDER),
        });
    }
    let bytes = fs::read(path).with_context(|| format!("failed to read the provider `{path}`"))?;
    Ok(Input {
        name: file_name(path).to_owned(),
        bytes: Cow::Owned(bytes),
    })
}

/// The last part of a path, as people name a file.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}
