//! Python programs, `tests/programs/python`, as components.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context as _, Result, ensure};

/// A program for any Python; it knows nothing of WebAssembly.
pub(crate) const GUIDE: &str = include_str!("../programs/python/guide.py");
/// Fills its space; it knows nothing of limits.
#[allow(dead_code, reason = "the scoreboard does not use it")]
pub(crate) const FILL: &str = include_str!("../programs/python/fill.py");
const APP: &str = include_str!("../programs/python/app.py");
const WIT: &str = include_str!("../programs/python/command.wit");

/// Where `tests/conformance/runtimes/setup` has installed what is not ours.
pub(crate) fn runtimes() -> PathBuf {
    match env::var_os("SCRATCH_RUNTIMES") {
        Some(dir) => PathBuf::from(dir),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/runtimes"),
    }
}

/// Whether there is a `componentize-py`.
pub(crate) fn can_build() -> bool {
    runtimes().join("componentize-py/bin").is_dir()
}

/// Makes a component of `program`, a Python module with a function `main`, in `dir`.
pub(crate) fn build(dir: &Path, program: &str) -> Result<PathBuf> {
    // Copied, since Python writes beside what it reads.
    for (name, text) in [("program.py", program), ("app.py", APP), ("command.wit", WIT)] {
        fs::write(dir.join(name), text)?;
    }
    let package = runtimes().join("componentize-py").canonicalize()?;
    let mut python = Command::new("python3");
    python
        .current_dir(dir)
        .env("PYTHONPATH", &package)
        .arg(package.join("bin/componentize-py"))
        .args(["--quiet", "--wit-path", "command.wit", "--world", "python"])
        .args(["componentize", "--python-path", ".", "app", "--output", "program.wasm"]);
    let output = python.output().context("failed to start `python3`")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "componentize-py: {}: {said}", output.status);
    Ok(dir.join("program.wasm"))
}
