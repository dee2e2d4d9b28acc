//! What the tables share: a place for files, a host of ours, and how many turns there are.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tempfile::TempDir;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

use crate::ours::Ours;
use crate::table::Named;

pub(crate) struct Bench {
    pub(crate) ours: Ours,
    somewhere: PathBuf,
    is_quick: bool,
}

impl Bench {
    /// Everything is on the file system of `somewhere`.
    pub(crate) fn new(somewhere: &Path, is_quick: bool) -> Result<Bench> {
        Ok(Bench {
            ours: Ours::new(&somewhere.join("base"))?,
            somewhere: somewhere.to_owned(),
            is_quick,
        })
    }

    /// A new directory, beside the base.
    pub(crate) fn dir(&self, name: &str) -> Result<PathBuf> {
        let dir = self.somewhere.join(name);
        fs::create_dir(&dir)?;
        Ok(dir)
    }

    /// How many turns are taken where `all` are many enough. Odd, as that is, so that a median is one of the measurements.
    pub(crate) fn turns(&self, all: usize) -> usize {
        match (self.is_quick, all) {
            (false, _) => all,
            (true, ..10) => 1,
            (true, _) => 3,
        }
    }
}

/// A directory where the system itself costs least, so that the rest shows.
pub(crate) struct Quick {
    pub(crate) dir: TempDir,
    /// For people.
    pub(crate) name: &'static str,
}

impl Quick {
    /// On tmpfs, if there is one; else where everything else is, under `name`.
    pub(crate) fn new(bench: &Bench, name: &str) -> Result<Quick> {
        const TMPFS: &str = "/dev/shm";
        Ok(match tempfile::tempdir_in(TMPFS) {
            Ok(dir) => Quick { dir, name: TMPFS },
            Err(_) => Quick {
                dir: tempfile::tempdir_in(bench.dir(name)?)?,
                name: "the same place as everything else",
            },
        })
    }
}

/// The number that a program has printed.
pub(crate) fn printed(stdout: &MemoryOutputPipe) -> Result<f64> {
    let text = String::from_utf8(stdout.contents().to_vec())?;
    text.trim().parse().with_context(|| format!("not a number: {text:?}"))
}

/// Things to do, or those who do them, with the names that people know them by.
pub(crate) fn named<T: Copy>(all: &[T], name: impl Fn(T) -> String) -> Vec<Named<T>> {
    all.iter().map(|one| (name(*one), *one)).collect()
}

/// The only case of a table.
pub(crate) fn only(name: &str) -> [Named<()>; 1] {
    [(name.to_owned(), ())]
}

/// A number, for people.
pub(crate) fn count(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (left, digit) in (1..=digits.len()).rev().zip(digits.chars()) {
        text.push(digit);
        if left % 3 == 1 && left > 1 {
            text.push(',');
        }
    }
    text
}

/// A size, for people.
pub(crate) fn bytes(count: u32) -> String {
    match count {
        0x10_0000.. if count.is_multiple_of(1 << 20) => format!("{} MiB", count >> 20),
        0x400.. if count.is_multiple_of(1 << 10) => format!("{} KiB", count >> 10),
        _ => format!("{count} B"),
    }
}
