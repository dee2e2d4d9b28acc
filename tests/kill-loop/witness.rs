//! The host that lives through it all.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{self, ChildStdout};

use anyhow::{Context as _, Result, ensure};
use scratch_tests::entries;

use crate::Place;
use crate::children::Child;

/// A process with a program that holds files and directories open.
pub(crate) struct Witness {
    process: process::Child,
    stdout: BufReader<ChildStdout>,
    /// Its lock, its host directory and all that is in it, as they were when it was alone; files with their content.
    files: BTreeMap<PathBuf, Option<Vec<u8>>>,
    looks: u64,
}

impl Witness {
    /// Starts it on a base on which nobody else is.
    pub(crate) fn start(place: &Place) -> Result<Witness> {
        let (base, program) = (place.base.clone(), place.witness.clone());
        let mut process = Child::Witness { base, program }.command()?.spawn()?;
        let stdout = process.stdout.take().context("it has a pipe")?;
        let mut witness = Witness {
            process,
            stdout: BufReader::new(stdout),
            files: BTreeMap::new(),
            looks: 0,
        };
        witness.hears("ready")?;
        let left = place.left();
        ensure!(left.len() > 20, "its files should be on the disk: {left:?}");
        let contents = left.iter().map(|path| content(&place.base, path));
        witness.files = left.iter().cloned().zip(contents).collect();
        Ok(witness)
    }

    /// Whether something under the base is its.
    pub(crate) fn has(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }

    /// How much under the base is its.
    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    /// Looks at its files, from outside, and asks the program to look from inside.
    pub(crate) fn look(&mut self, place: &Place) -> Result<()> {
        self.looks += 1;
        for (path, expected) in &self.files {
            let stands = place.base.join(path).symlink_metadata().is_ok();
            ensure!(stands, "gone from the living host: {}", path.display());
            let found = content(&place.base, path);
            ensure!(found == *expected, "changed in the living host: {}", path.display());
        }
        let tops = self.files.keys().filter(|path| path.components().count() == 1);
        for top in tops.filter(|top| place.base.join(top).is_dir()) {
            for path in entries(&place.base.join(top)) {
                let path = top.join(path);
                ensure!(self.has(&path), "new in the living host: {}", path.display());
            }
        }
        let stdin = self.process.stdin.as_mut().context("it has a pipe")?;
        stdin.write_all(b"look\n").context("the living host has died")?;
        self.hears("ok")
    }

    /// Lets it end; how often it was looked at.
    pub(crate) fn end(mut self) -> Result<u64> {
        drop(self.process.stdin.take());
        let status = self.process.wait()?;
        ensure!(status.success(), "the living host: {status}");
        Ok(self.looks)
    }

    fn hears(&mut self, expected: &str) -> Result<()> {
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        ensure!(line.trim_end() == expected, "the living host says {line:?}");
        Ok(())
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `None` for what is no file.
fn content(base: &Path, path: &Path) -> Option<Vec<u8>> {
    fs::read(base.join(path)).ok()
}
