//! The rows of most tables: whose temporary files they are, and where their bytes are.

use std::path::PathBuf;

use anyhow::Result;

use crate::bare::Bare;
use crate::bench::{Bench, named};
use crate::ours::{Guests, Provided};
use crate::table::Named;

/// Whose temporary files.
#[derive(Clone, Copy)]
pub(crate) enum Subject {
    /// Those of the crate `tempfile`, without Wasm. All others are compared with it on disk.
    Native(Storage),
    /// Those of `scratch:tempfile`, in a guest.
    Ours(Provided, Storage),
    /// Those of the crate `tempfile` in a guest. Where calls may not block, each takes a hop to another thread.
    Bare { blocking: bool },
}

/// Where the bytes are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storage {
    Disk,
    Memory,
}

impl Subject {
    pub(crate) fn all() -> Vec<Named<Subject>> {
        let mut all = vec![Subject::Native(Storage::Disk), Subject::Native(Storage::Memory)];
        for provided in Provided::ALL {
            all.push(Subject::Ours(provided, Storage::Disk));
            all.push(Subject::Ours(provided, Storage::Memory));
        }
        all.push(Subject::Bare { blocking: true });
        all.push(Subject::Bare { blocking: false });
        named(&all, Subject::title)
    }

    pub(crate) fn title(self) -> String {
        match self {
            Subject::Native(storage) => format!("`tempfile`, native, {}", storage.title()),
            Subject::Ours(provided, storage) => format!("{}, {}", provided.title(), storage.title()),
            Subject::Bare { blocking: true } => {
                "`tempfile` in a guest, bare wasmtime-wasi, blocking allowed".to_owned()
            }
            Subject::Bare { blocking: false } => "`tempfile` in a guest, bare wasmtime-wasi, default".to_owned(),
        }
    }
}

impl Storage {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Storage::Disk => "on disk",
            Storage::Memory => "in memory",
        }
    }

    /// As programs call it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Storage::Disk => "disk",
            Storage::Memory => "memory",
        }
    }
}

/// Those of the subjects that are programs.
pub(crate) struct Programs<'a> {
    bench: &'a Bench,
    guests: Guests,
    bare: Bare,
    /// For files that nobody looks after.
    pub(crate) dir: PathBuf,
}

impl Programs<'_> {
    /// A program with `scratch:tempfile`, and one with the crate `tempfile`; their files are in a directory of that name.
    pub(crate) fn new<'a>(bench: &'a Bench, name: &str, ours: &str, bare: &str) -> Result<Programs<'a>> {
        Ok(Programs {
            bench,
            guests: bench.ours.guests(ours)?,
            bare: Bare::new(bare)?,
            dir: bench.dir(name)?,
        })
    }

    /// The number that ours prints.
    pub(crate) async fn ours(&self, provided: Provided, args: &[&str]) -> Result<f64> {
        self.bench.ours.number(self.guests.by(provided), args).await
    }

    /// The number that the other one prints.
    pub(crate) async fn bare(&self, blocking: bool, args: &[&str]) -> Result<f64> {
        self.bare.number(&self.dir, args, blocking).await
    }
}
