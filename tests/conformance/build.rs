//! Builds the cases as one component, and reads from the head of each file what it needs and has to leave.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

/// What decides over the outcome, relative to this folder.
const INPUTS: [&str; 8] = [
    "../../Cargo.lock",
    "../../Cargo.toml",
    "../../guest/build",
    "../../guest/sdk",
    "../../rust-toolchain.toml",
    "../../wit",
    "build.rs",
    "cases",
];

const CASES: &str = "cases/src/bin";
const TARGET: &str = "wasm32-wasip2";
const PROFILE: &str = "case";

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
    let mut cargo = scratch_guest_build::cargo(TARGET, PROFILE, &target_dir)?;
    cargo.args(["--package", "scratch-conformance-cases", "--bin", "suite"]);
    scratch_guest_build::run(cargo)?;
    let suite = scratch_guest_build::artifacts(TARGET, PROFILE, &target_dir).join("suite.wasm");
    ensure!(suite.is_file(), "cargo built no {}", suite.display());

    let mut rust = String::new();
    writeln!(
        rust,
        "/// All cases in one component: the case and the storage are its arguments."
    )?;
    writeln!(rust, "pub static SUITE: &[u8] = include_bytes!({suite:?});\n")?;
    writeln!(rust, "/// The cases, by name.\npub static CASES: &[Case] = &[")?;
    for path in rust_files(CASES)? {
        let case = read_case(&path).with_context(|| format!("in {}", path.display()))?;
        writeln!(rust, "{case},")?;
    }
    writeln!(rust, "];")?;
    fs::write(out.join("cases.rs"), rust)?;
    Ok(())
}

/// The Rust files in a folder, sorted.
fn rust_files(dir: &str) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("failed to list {dir}"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// What the lines `//@` at the head of a case say, as TOML.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Head {
    #[serde(default)]
    left: Vec<String>,
    #[serde(default)]
    out: Vec<String>,
    #[serde(default = "tmp")]
    tmp: String,
    #[serde(default = "storages")]
    storages: Vec<String>,
    #[serde(default)]
    same_random_bytes: usize,
    #[serde(default)]
    limited: bool,
}

fn tmp() -> String {
    "/tmp".to_owned()
}

fn storages() -> Vec<String> {
    ["disk", "default"].map(str::to_owned).to_vec()
}

/// A case as a Rust expression.
fn read_case(path: &Path) -> Result<String> {
    let text = fs::read_to_string(path)?;
    let name = path.file_stem().and_then(|stem| stem.to_str()).context("bad name")?;
    let summary: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("//! ")).collect();
    let summary = summary.join(" ");
    ensure!(
        !summary.is_empty(),
        "the first line has to say in `//!` what the case is"
    );
    let head: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("//@")).collect();
    let head: Head = toml::from_str(&head.join("\n"))?;
    let mut storages = Vec::new();
    for storage in &head.storages {
        storages.push(match storage.as_str() {
            "disk" => "Storage::Disk",
            "default" => "Storage::Default",
            other => anyhow::bail!("there is no storage {other:?}"),
        });
    }
    let tmp = (!head.tmp.is_empty()).then_some(&head.tmp);
    Ok(format!(
        "Case {{ name: {name:?}, summary: {summary:?}, storages: &[{}], tmp: {tmp:?}, same_random_bytes: {}, \
         is_limited: {}, left: &{:?}, out: &{:?} }}",
        storages.join(", "),
        head.same_random_bytes,
        head.limited,
        head.left,
        head.out,
    ))
}
