//! Builds the test programs and the providers as a user would, with cargo, and writes Rust that says where they are.
//!
//! Each is a separate cargo build with a target folder of its own: on the workspace's one it would wait for the build that
//! runs this script, for ever. What the user set for the host's build (flags, wrappers, a target) stays outside.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};

/// What decides over the outcome, relative to this folder.
const INPUTS: [&str; 8] = [
    "../Cargo.lock",
    "../Cargo.toml",
    "../guest/sdk",
    "../rust-toolchain.toml",
    "../wit",
    "build.rs",
    "programs",
    "providers",
];

/// The programs that are built as WASI p1 modules too. They use `std` alone.
const MODULES: [&str; 2] = ["no-scratch", "p1-exit"];

const COMPONENT_TARGET: &str = "wasm32-wasip2";
const MODULE_TARGET: &str = "wasm32-wasip1";
const PROFILE: &str = "program";

fn main() {
    if let Err(error) = build() {
        println!("cargo::error={error:#}");
    }
}

fn build() -> Result<()> {
    for input in INPUTS {
        println!("cargo::rerun-if-changed={input}");
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let target_dir = out.join("target");
    let programs = names_in("programs/src/bin")?;
    let providers = names_in("providers/examples")?;

    let mut components = cargo(COMPONENT_TARGET, &target_dir)?;
    components.args(["--package", "scratch-test-programs", "--bins"]);
    components.args(["--package", "scratch-test-providers", "--examples"]);
    run(components)?;
    let mut modules = cargo(MODULE_TARGET, &target_dir)?;
    modules.args(["--package", "scratch-test-programs"]);
    modules.args(MODULES.iter().flat_map(|name| ["--bin", name]));
    run(modules)?;

    let components = target_dir.join(COMPONENT_TARGET).join(PROFILE);
    let modules = target_dir.join(MODULE_TARGET).join(PROFILE);
    let mut rust = String::new();
    let text = "The programs, as components";
    generate(&mut rust, text, "program", &programs, |name| {
        components.join(format!("{name}.wasm"))
    })?;
    let text = "Programs as WASI p1 modules";
    let names = MODULES.map(String::from);
    generate(&mut rust, text, "module", &names, |name| {
        modules.join(format!("{name}.wasm"))
    })?;
    let text = "The providers, as components";
    let examples = components.join("examples");
    generate(&mut rust, text, "provider", &providers, |name| {
        // Cargo names a `cdylib` after the crate.
        examples.join(format!("{}.wasm", name.replace('-', "_")))
    })?;
    fs::write(out.join("artifacts.rs"), rust)?;
    Ok(())
}

/// The names of the Rust files in a folder, sorted.
fn names_in(dir: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("failed to list {dir}"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.file_stem().and_then(|stem| stem.to_str());
            names.push(
                name.with_context(|| format!("bad name: {}", path.display()))?
                    .to_owned(),
            );
        }
    }
    names.sort();
    Ok(names)
}

/// A cargo build for a target, once that target is known to be installed.
fn cargo(target: &str, target_dir: &Path) -> Result<Command> {
    let rustc = env::var("RUSTC")?;
    let mut query = Command::new(rustc);
    query.args(["--print", "target-libdir", "--target", target]);
    let output = query.output().context("failed to run rustc")?;
    let lib = PathBuf::from(String::from_utf8(output.stdout)?.trim());
    if !output.status.success() || !lib.is_dir() {
        bail!("the Rust target {target} is not installed: run `rustup toolchain install` in this repository");
    }

    let mut cargo = Command::new(env::var("CARGO")?);
    cargo
        .args(["build", "--target", target, "--profile", PROFILE, "--target-dir"])
        .arg(target_dir);
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        let of_the_host = name.starts_with("CARGO_BUILD_")
            || name.starts_with("CARGO_PROFILE_")
            || name.contains("RUSTFLAGS")
            || matches!(&*name, "RUSTC_WRAPPER" | "RUSTC_WORKSPACE_WRAPPER" | "CARGO_TARGET_DIR");
        if of_the_host {
            cargo.env_remove(&*name);
        }
    }
    Ok(cargo)
}

fn run(mut cargo: Command) -> Result<()> {
    let status = cargo.status().with_context(|| format!("failed to run {cargo:?}"))?;
    ensure!(status.success(), "{cargo:?} failed: {status}");
    Ok(())
}

/// A module with a path for each name, and a macro that calls another with every name.
fn generate(
    rust: &mut String,
    text: &str,
    what: &str,
    names: &[String],
    artifact: impl Fn(&str) -> PathBuf,
) -> Result<()> {
    writeln!(rust, "/// {text}: where each is on the disk.\npub mod {what}s {{")?;
    let mut calls = String::new();
    for name in names {
        let path = artifact(name);
        ensure!(path.is_file(), "cargo built no {}", path.display());
        let identifier = name.replace('-', "_");
        let constant = identifier.to_uppercase();
        writeln!(rust, "    /// `{name}`.\n    pub const {constant}: &str = {path:?};")?;
        writeln!(calls, "        $mac!({identifier});")?;
    }
    writeln!(rust, "}}\n")?;
    writeln!(
        rust,
        "/// Calls a macro with the name of every {what}, as an identifier."
    )?;
    writeln!(rust, "#[macro_export]\nmacro_rules! foreach_{what} {{")?;
    writeln!(rust, "    ($mac:ident) => {{\n{calls}    }};\n}}\n")?;
    Ok(())
}
