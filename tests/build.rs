//! Builds the test programs and the providers as a user would, with cargo, and writes Rust that says where they are.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use anyhow::{Context, Result, ensure};

/// What decides over the outcome, relative to this folder.
const INPUTS: [&str; 11] = [
    "../Cargo.lock",
    "../Cargo.toml",
    "../guest/build",
    "../guest/sdk",
    "../rust-toolchain.toml",
    "../wit",
    "build.rs",
    "jobs/Cargo.toml",
    "jobs/src",
    "programs",
    "providers",
];

/// The programs that are built as WASI p1 modules too. They use `std` alone.
const MODULES: [&str; 3] = ["fills-space", "no-scratch", "p1-exit"];

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
    let jobs = names_in("jobs/src/bin")?;
    let providers = names_in("providers/examples")?;

    let mut components = scratch_guest_build::cargo(COMPONENT_TARGET, PROFILE, &target_dir)?;
    components.args(["--package", "scratch-test-programs", "--bins"]);
    components.args(["--package", "scratch-test-jobs"]);
    components.args(["--package", "scratch-test-providers", "--examples"]);
    scratch_guest_build::run(components)?;
    let mut modules = scratch_guest_build::cargo(MODULE_TARGET, PROFILE, &target_dir)?;
    modules.args(["--package", "scratch-test-programs"]);
    modules.args(MODULES.iter().flat_map(|name| ["--bin", name]));
    scratch_guest_build::run(modules)?;

    let components = scratch_guest_build::artifacts(COMPONENT_TARGET, PROFILE, &target_dir);
    let modules = scratch_guest_build::artifacts(MODULE_TARGET, PROFILE, &target_dir);
    let mut rust = String::new();
    let text = "The programs, as components";
    generate(&mut rust, text, "program", &programs, |name| {
        components.join(format!("{name}.wasm"))
    })?;
    let text = "The jobs, as components";
    generate(&mut rust, text, "job", &jobs, |name| {
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

/// The names of the targets in a folder, sorted: Rust files, and folders with a `main.rs`.
fn names_in(dir: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("failed to list {dir}"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") || path.join("main.rs").is_file() {
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
