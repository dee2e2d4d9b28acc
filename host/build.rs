//! Builds the provider component that the `scratch` binary carries.
//!
//! A nested cargo builds `scratch-provider` as a WASI p1 module, in a target folder of its own: cap-std's probe results for
//! another configuration must not be used again. wit-component then makes a component of it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use wasi_preview1_component_adapter_provider_44::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasm_encoder::Encode as _;
use wasmparser::{BinaryReader, Parser};
use wit_component::ComponentEncoder;

const TARGET: &str = "wasm32-wasip1";
const PROFILE: &str = "guest";

fn main() -> Result<()> {
    let host = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").context("cargo sets it")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").context("cargo sets it")?);
    for input in [
        "guest/build",
        "guest/src",
        "guest/Cargo.toml",
        "wit",
        "Cargo.toml",
        "Cargo.lock",
    ] {
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
    let mut build = scratch_guest_build::cargo(TARGET, PROFILE, target_dir)?;
    build.current_dir(workspace).args(["--package", "scratch-provider"]);
    // cap-std for WASI needs the unstable `wasi_ext` of the standard library. For this one build, which then may as well
    // leave out what a panic would say: it is a fiftieth of the size, and the paths of this machine.
    build
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Zlocation-detail=none -Zfmt-debug=none");
    scratch_guest_build::run(build)?;
    let module = scratch_guest_build::artifacts(TARGET, PROFILE, target_dir).join("scratch_provider.wasm");
    fs::read(&module).with_context(|| format!("failed to read {}", module.display()))
}
