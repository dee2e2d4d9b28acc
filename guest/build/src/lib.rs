//! Builds guests of this workspace from build scripts.
//!
//! Each is a separate cargo build with a target folder of its own: on the workspace's one it would wait for the build that
//! runs the script, for ever. What the user set for the host's build (flags, wrappers, a target) stays outside.
#![forbid(unsafe_code)]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// A `cargo build` for a target and a profile, whose packages and settings are still to be added.
///
/// Only for build scripts: cargo says there which compiler it uses.
///
/// # Errors
///
/// If the target is not installed, with the command that installs it.
pub fn cargo(target: &str, profile: &str, target_dir: &Path) -> Result<Command> {
    let rustc = env::var_os("RUSTC").context("cargo sets RUSTC")?;
    let mut query = Command::new(rustc);
    query.args(["--print", "target-libdir", "--target", target]);
    let output = query.output().context("failed to run rustc")?;
    let lib = PathBuf::from(String::from_utf8(output.stdout)?.trim());
    ensure!(
        output.status.success() && lib.is_dir(),
        "the Rust target {target} is not installed: run `rustup toolchain install` in this repository"
    );

    let mut cargo = Command::new(env::var_os("CARGO").context("cargo sets CARGO")?);
    cargo.args(["build", "--target", target, "--profile", profile, "--target-dir"]);
    cargo.arg(target_dir);
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let of_the_host = text.starts_with("CARGO_BUILD_")
            || text.starts_with("CARGO_PROFILE_")
            || text.contains("RUSTFLAGS")
            || matches!(&*text, "RUSTC_WRAPPER" | "RUSTC_WORKSPACE_WRAPPER" | "CARGO_TARGET_DIR");
        if of_the_host {
            cargo.env_remove(&name);
        }
    }
    Ok(cargo)
}

/// Runs it to its end.
///
/// # Errors
///
/// If it cannot be started, or fails.
pub fn run(mut cargo: Command) -> Result<()> {
    let status = cargo.status().with_context(|| format!("failed to run {cargo:?}"))?;
    ensure!(status.success(), "{cargo:?} failed: {status}");
    Ok(())
}

/// The folder in which cargo puts what it builds for a target and a profile.
pub fn artifacts(target: &str, profile: &str, target_dir: &Path) -> PathBuf {
    target_dir.join(target).join(profile)
}
