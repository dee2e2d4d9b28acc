//! WASI p1 command modules, made components: their calls would go past the guard.
//!
//! The adapter turns every exit code but 0 into 1, since WASI 0.2.0 had no others. WASI 0.2.12 has `exit-with-code`,
//! whose core signature is that of `proc_exit`: so that import is renamed before the module is encoded, and a module
//! keeps its exit codes.

use anyhow::{Context as _, Result};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
};
use wasm_encoder::reencode::{Reencode as _, RoundtripReencoder};
use wasm_encoder::{ImportSection, Module, RawSection};
use wasmparser::{Encoding, Imports, Parser, Payload, TypeRef};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::load::Modules;

/// The functions for sockets that WASI p1 has.
const SOCKETS: [&str; 4] = ["sock_accept", "sock_recv", "sock_send", "sock_shutdown"];

const EXIT_INTERFACE: &str = "wasi:cli/exit@0.2.12";
const EXIT_FUNCTION: &str = "exit-with-code";

/// The world of a module whose `proc_exit` has been renamed. The interface is whole, to be the same as the adapter's.
const EXIT_WORLD: &str = "
    package scratch:exit;

    world with-exit-codes {
        import wasi:cli/exit@0.2.12;
    }

    package wasi:cli@0.2.12 {
        interface exit {
            exit: func(status: result);
            exit-with-code: func(status-code: u8);
        }
    }
";

/// What would help a module that wants what is not there: for the first import of which we know.
///
/// The encoder says which import it is, but not what to do about it.
pub(super) fn advice(module: &[u8]) -> Option<String> {
    let imports = Parser::new(0).parse_all(module).filter_map(|payload| match payload {
        Ok(Payload::ImportSection(section)) => Some(section.into_imports().flatten().collect::<Vec<_>>()),
        _ => None,
    });
    imports.flatten().find_map(|import| {
        let (from, name) = (import.module, import.name);
        let wanted = match (from, name) {
            ("wasi", "thread-spawn") => "threads, which wasmtime does not have any more: build it without them",
            ("wasi_unstable", _) => "the WASI of 2019: build it for wasm32-wasip1",
            (WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, name) if name.starts_with("sock_") && !SOCKETS.contains(&name) => {
                "sockets that WASI p1 does not have: build it for wasm32-wasip2"
            }
            _ if matches!(import.ty, TypeRef::Memory(_)) => "a memory of somebody else's: let it define its own",
            _ => return None,
        };
        Some(format!("`{from}::{name}` is {wanted}"))
    })
}

/// Makes a component of a WASI p1 command module.
///
/// # Errors
///
/// If the module is not valid, or imports what is neither WASI p1 nor described in the module itself.
pub(super) fn componentize(module: &[u8], modules: Modules) -> Result<Vec<u8>> {
    let renamed = match modules {
        Modules::WithExitCodes => with_exit_codes(module)?,
        Modules::Portable => None,
    };
    let module = renamed.unwrap_or_else(|| module.to_owned());
    ComponentEncoder::default()
        .module(&module)?
        .adapter(
            WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
            WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
        )?
        // What is compiled is validated by the compiler, unless its code is in the cache, where only valid code gets.
        .validate(modules == Modules::Portable)
        .encode()
}

/// The module with its import of `proc_exit` renamed; `None` where it has none.
fn with_exit_codes(module: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut renamed = Module::new();
    let mut has_exit = false;
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if let Payload::Version { encoding, .. } = payload
            && encoding != Encoding::Module
        {
            return Ok(None);
        }
        if let Payload::ImportSection(section) = &payload {
            let mut imports = ImportSection::new();
            for group in section.clone() {
                for import in single(group?)? {
                    let is_exit = import.module == WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME && import.name == "proc_exit";
                    has_exit |= is_exit;
                    let (from, name) = match is_exit {
                        true => (EXIT_INTERFACE, EXIT_FUNCTION),
                        false => (import.module, import.name),
                    };
                    let ty = RoundtripReencoder.entity_type(import.ty)?;
                    imports.import(from, name, ty);
                }
            }
            renamed.section(&imports);
        } else if let Some((id, range)) = payload.as_section() {
            renamed.section(&RawSection {
                id,
                data: &module[range],
            });
        }
    }
    if !has_exit {
        return Ok(None);
    }
    let mut renamed = renamed.finish();
    let mut resolve = Resolve::default();
    let package = resolve.push_str("exit.wit", EXIT_WORLD)?;
    let world = resolve.select_world(&[package], Some("with-exit-codes"))?;
    embed_component_metadata(&mut renamed, &resolve, world, StringEncoding::UTF8)
        .context("failed to describe the module's exit")?;
    Ok(Some(renamed))
}

/// The imports of a group; a module of a compiler of today has groups of one.
fn single(group: Imports<'_>) -> Result<Vec<wasmparser::Import<'_>>> {
    group.into_iter().map(|import| Ok(import?.1)).collect()
}
