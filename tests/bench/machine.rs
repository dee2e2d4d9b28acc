//! What the numbers depend on, as far as it is known.

use std::fmt;
use std::path::Path;
use std::process::Command;
use std::{fs, thread};

use serde::Serialize;

use crate::report::workspace;

/// The machine, and the versions of what ran on it. `?` is what nobody could tell.
#[derive(Serialize)]
pub(crate) struct Machine {
    processor: String,
    cores: String,
    kernel: String,
    /// Where temporary files were.
    file_system: String,
    rustc: String,
    wasmtime: String,
    tempfile: String,
    scratch: String,
}

impl Machine {
    /// The one that this runs on, with files in `dir`.
    pub(crate) fn look(dir: &Path) -> Machine {
        let lock = fs::read_to_string(workspace().join("Cargo.lock")).unwrap_or_default();
        let mut df = Command::new("df");
        df.arg("--output=fstype").arg(dir);
        let mut rustc = Command::new("rustc");
        rustc.arg("--version").current_dir(workspace());
        Machine {
            processor: known(processor()),
            cores: known(thread::available_parallelism().ok().map(|cores| cores.to_string())),
            kernel: known(fs::read_to_string("/proc/sys/kernel/osrelease").ok()),
            file_system: known(says(df).and_then(|text| Some(text.lines().nth(1)?.to_owned()))),
            rustc: known(says(rustc).and_then(|text| Some(text.split_whitespace().nth(1)?.to_owned()))),
            wasmtime: known(version(&lock, "wasmtime")),
            tempfile: known(version(&lock, "tempfile")),
            scratch: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// The machine, in a line.
    pub(crate) fn hardware(&self) -> String {
        let Machine {
            processor,
            cores,
            kernel,
            file_system,
            ..
        } = self;
        format!("{processor}, {cores} cores, Linux {kernel}, {file_system}")
    }

    /// The versions, in a line.
    pub(crate) fn software(&self) -> String {
        let Machine {
            rustc,
            wasmtime,
            tempfile,
            scratch,
            ..
        } = self;
        format!("wasmtime-scratch {scratch}, wasmtime {wasmtime}, tempfile {tempfile}, rustc {rustc}")
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.hardware(), self.software())
    }
}

fn known(what: Option<String>) -> String {
    what.map_or_else(|| "?".to_owned(), |what| what.trim().to_owned())
}

fn says(mut command: Command) -> Option<String> {
    String::from_utf8(command.output().ok()?.stdout).ok()
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.to_owned())
}

/// The version of a package in a lock file.
fn version(lock: &str, package: &str) -> Option<String> {
    let (_, rest) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    Some(rest.split_once('"')?.0.to_owned())
}
