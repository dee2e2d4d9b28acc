//! A program and a provider made one component, ahead of time, for runtimes that know nothing of `scratch:tempfile`.

use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, PackageId, plug};

use crate::contract::CONTRACT;
use crate::error::LoadError;
use crate::linked::verify_exports;
use crate::outline::Outline;
use crate::runner::{Modules, binary};

/// Plugs a provider into a program: the result imports no `scratch:tempfile`, and runs on any WASI 0.2 runtime that
/// grants it a directory for its temporary files. Which one is up to the provider; the [guest
/// provider](crate::GUEST_PROVIDER) uses the preopen that `TMPDIR` names, else `/tmp`.
///
/// Both are components, WASI p1 modules or the text of either. The names are for messages. This is what `wac plug
/// --plug PROVIDER PROGRAM` does, after looking whether the two fit.
///
/// Where no host of ours runs the result, its temporary files are as safe as the program is: whatever is left by a trap
/// stays.
///
/// # Errors
///
/// - [`LoadError::NotWanted`] if the program does not import `scratch:tempfile`, or has a provider already;
///   [`LoadError::Version`] if it imports another version than [`CONTRACT_VERSION`](crate::CONTRACT_VERSION).
/// - [`LoadError::Export`] if the provider does not export both interfaces in that version.
/// - [`LoadError::Compose`] if the two do not fit otherwise.
/// - A [`LoadError`] that says what is wrong with the bytes of either.
///
/// # Examples
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let program = std::fs::read("sort.wasm")?;
/// let composed = wasmtime_scratch::compose("sort.wasm", &program, "guest", wasmtime_scratch::GUEST_PROVIDER)?;
/// std::fs::write("sort-anywhere.wasm", composed)?;
/// # Ok(())
/// # }
/// ```
pub fn compose(program_name: &str, program: &[u8], provider_name: &str, provider: &[u8]) -> Result<Vec<u8>, LoadError> {
    let program = binary(program_name, program, Modules::Portable)?;
    let provider = binary(provider_name, provider, Modules::Portable)?;
    let socket = Outline::of(&program);
    socket.verify_version(program_name)?;
    if socket.wanted().next().is_none() {
        return Err(LoadError::NotWanted {
            name: program_name.to_owned(),
            hint: match socket.has_provider() {
                true => ": a provider is plugged in already",
                false => ": it has no use for a provider",
            },
        });
    }
    verify_exports(&Outline::of(&provider).exports, provider_name)?;

    let misfit = |reason: String| LoadError::Compose {
        name: program_name.to_owned(),
        provider: provider_name.to_owned(),
        reason,
    };
    let mut graph = CompositionGraph::new();
    let plugged = register(&mut graph, "provider", provider).map_err(misfit)?;
    let socket = register(&mut graph, "program", program).map_err(misfit)?;
    plug(&mut graph, vec![plugged], socket).map_err(|error| misfit(error.to_string()))?;
    let composed = graph
        .encode(EncodeOptions::default())
        .map_err(|error| misfit(error.to_string()))?;
    // What did not fit was left as it is.
    match Outline::of(&composed).wanted().next() {
        None => Ok(composed),
        Some(import) => Err(misfit(format!("the signatures of `{import}` differ"))),
    }
}

fn register(graph: &mut CompositionGraph, name: &str, component: Vec<u8>) -> Result<PackageId, String> {
    let name = format!("{CONTRACT}-{name}");
    Package::from_bytes(&name, None, component, graph.types_mut())
        .map_err(|error| format!("{error:#}"))
        .and_then(|package| graph.register_package(package).map_err(|error| error.to_string()))
}
