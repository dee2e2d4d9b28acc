//! The exports that are on no handle.

use std::marker::PhantomData;

use crate::bindings::exports::scratch::tempfile::space::{self, Limits, Usage};
use crate::bindings::exports::scratch::tempfile::types;
use crate::usage::usage;
use crate::{Directory, File, Sin, place};

/// The provider with a sin. `export!` wants a plain name: `type Provider = scratch_test_providers::Provider<Sinless>;`.
#[derive(Debug)]
pub struct Provider<S>(PhantomData<S>);

impl<S: Sin> types::Guest for Provider<S> {
    type TemporaryDirectory = Directory<S>;
    type TemporaryFile = File<S>;
}

impl<S: Sin> space::Guest for Provider<S> {
    fn get_path() -> Option<String> {
        S::called();
        let (_, path) = place::granted()?;
        path.to_str().map(str::to_owned)
    }

    fn get_limits() -> Limits {
        S::called();
        Limits {
            bytes: None,
            entries: None,
            file_bytes: None,
            open_files: None,
            depth: None,
        }
    }

    fn get_usage() -> Usage {
        S::called();
        place::granted().map_or(Usage { bytes: 0, entries: 0 }, |(granted, _)| usage(&granted))
    }
}
