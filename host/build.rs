//! Builds the provider component that the `scratch` binary carries.
//!
//! A nested cargo builds `scratch-provider` as a WASI p1 module, in a target folder of its own: cargo holds a lock on
//! the outer one, and cap-std's probe results for another configuration must not be used again. wit-component then
//! makes a component of it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use wasi_preview1_component_adapter_provider_44::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasm_encoder::Encode as _;
use wasmparser::{BinaryReader, Parser};
use wit_component::ComponentEncoder;

const TARGET: &str = "wasm32-wasip1";

fn main() -> Result<()> {
    let host = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").context("cargo sets it")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").context("cargo sets it")?);
    for input in ["guest/src", "guest/Cargo.toml", "wit", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", host.join("..").join(input).display());
    }
    let module = build_module(&host.join(".."), &out.join("guest"))?;
    let component = ComponentEncoder::default()
        .module(&module)?
        .adapter(
            WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
            WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
        )?
        .validate(true)
        .encode()
        .context("failed to make a component of the provider")?;
    let component = without_names(&component)?;
    println!("cargo::warning=provider component: {} bytes", component.len());
    fs::write(out.join("provider.wasm"), component).context("failed to write the provider")
}

/// The component without its custom sections and those of its modules: names for debuggers, a seventh of its size.
fn without_names(wasm: &[u8]) -> Result<Vec<u8>> {
    const CUSTOM: u8 = 0;
    const CORE_MODULE: u8 = 1;
    let mut reader = BinaryReader::new(wasm, 0);
    let header = reader.read_bytes(8)?;
    let is_component = Parser::is_component(wasm);
    let mut stripped = header.to_vec();
    while !reader.eof() {
        let id = reader.read_u8()?;
        let size = usize::try_from(reader.read_var_u32()?)?;
        let section = reader.read_bytes(size)?;
        match id {
            CUSTOM => {}
            // In a module, section 1 holds its types.
            CORE_MODULE if is_component => push_section(&mut stripped, id, &without_names(section)?),
            _ => push_section(&mut stripped, id, section),
        }
    }
    Ok(stripped)
}

fn push_section(wasm: &mut Vec<u8>, id: u8, section: &[u8]) {
    wasm.push(id);
    section.encode(wasm);
}

fn build_module(workspace: &Path, target_dir: &Path) -> Result<Vec<u8>> {
    let cargo = env::var_os("CARGO").context("cargo sets it")?;
    let mut build = Command::new(cargo);
    build
        .current_dir(workspace)
        .args(["build", "--package", "scratch-provider", "--profile", "guest"])
        .args(["--target", TARGET, "--target-dir"])
        .arg(target_dir);
    // What was set for the host's build does not hold for the guest's.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let is_host = [
            "CARGO_ENCODED_RUSTFLAGS",
            "RUSTFLAGS",
            "CARGO_BUILD_TARGET",
            "RUSTC_WORKSPACE_WRAPPER",
        ];
        if is_host.contains(&&*text) || text.starts_with("CARGO_PROFILE_") {
            build.env_remove(&name);
        }
    }
    // cap-std for WASI needs the unstable `wasi_ext` of the standard library. For this one build, which then may as well
    // leave out what a panic would say: it is a fiftieth of the size, and the paths of this machine.
    build
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Zlocation-detail=none -Zfmt-debug=none");
    let status = build.status().context("failed to start cargo for the provider")?;
    ensure!(
        status.success(),
        "failed to build the provider for {TARGET}; if the target is missing, run `rustup toolchain install`"
    );
    let module = target_dir.join(TARGET).join("guest").join("scratch_provider.wasm");
    fs::read(&module).with_context(|| format!("failed to read {}", module.display()))
}
