//! From bytes to a program: text, core modules and components.

use std::sync::{Arc, OnceLock};

use wasmparser::Parser;
use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime_wasi::p2::bindings::CommandPre;

use super::outcome::one_line;
use super::{Provider, Runner, State, module};
use crate::error::LoadError;
use crate::outline::Outline;

/// A program, compiled, its imports checked. Clones share the code.
#[derive(Clone)]
pub struct Program {
    name: String,
    component: Component,
    wants_scratch: bool,
    is_composed: bool,
    native: Ready,
    /// Made when it first runs with a component for its provider.
    linked: Arc<OnceLock<Ready>>,
}

/// A program whose imports are resolved.
#[derive(Clone)]
pub(super) struct Ready {
    pre: InstancePre<State>,
    /// `None` if it has no `wasi:cli/run`.
    command: Option<CommandPre<State>>,
}

impl Ready {
    fn new(pre: InstancePre<State>) -> Ready {
        Ready {
            command: CommandPre::new(pre.clone()).ok(),
            pre,
        }
    }

    /// As a command; `name` is for the error.
    pub(super) fn command(&self, name: &str) -> Result<&CommandPre<State>, LoadError> {
        self.command.as_ref().ok_or_else(|| LoadError::Export {
            name: name.to_owned(),
            export: "wasi:cli/run".to_owned(),
            hint: ": it is not a command (call one of its functions with --invoke)".to_owned(),
        })
    }

    pub(super) fn pre(&self) -> &InstancePre<State> {
        &self.pre
    }
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Program {
    /// Resolves the imports of `component`, of which `outline` tells.
    pub(super) fn new(
        runner: &Runner,
        name: &str,
        component: &Component,
        outline: &Outline,
    ) -> Result<Program, LoadError> {
        outline.verify_version(name)?;
        Ok(Program {
            name: name.to_owned(),
            component: component.clone(),
            wants_scratch: outline.wanted().next().is_some(),
            is_composed: outline.has_provider(),
            native: resolve(runner, &runner.native, component, name)?,
            linked: Arc::default(),
        })
    }

    /// The name under which it was loaded.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it imports `scratch:tempfile`.
    pub fn wants_scratch(&self) -> bool {
        self.wants_scratch
    }

    /// Whether a provider was [plugged into it](crate::compose): its handles are not visible to the host then, which
    /// sees entries only.
    pub fn is_composed(&self) -> bool {
        self.is_composed
    }

    /// Whether it can be run as a command.
    ///
    /// # Errors
    ///
    /// [`LoadError::Export`] if it has no `wasi:cli/run`.
    pub fn verify_command(&self) -> Result<(), LoadError> {
        self.native.command(&self.name).map(drop)
    }

    /// The program with its imports resolved for `provider`.
    pub(super) fn ready(&self, runner: &Runner, provider: &Provider) -> Result<Ready, LoadError> {
        if let (Provider::Native, _) | (_, false) = (provider, self.wants_scratch) {
            return Ok(self.native.clone());
        }
        if let Some(ready) = self.linked.get() {
            return Ok(ready.clone());
        }
        let linker = runner.linked().map_err(|error| cannot_compile(&error, &self.name))?;
        let ready = resolve(runner, linker, &self.component, &self.name)?;
        Ok(self.linked.get_or_init(|| ready).clone())
    }
}

/// Resolves the imports of a program.
fn resolve(runner: &Runner, linker: &Linker<State>, component: &Component, name: &str) -> Result<Ready, LoadError> {
    if !runner.traps_unknown_imports {
        return Ok(Ready::new(pre(&runner.engine, linker, component, name)?));
    }
    let mut linker = linker.clone();
    linker
        .define_unknown_imports_as_traps(component)
        .map_err(|error| cannot_compile(&error, name))?;
    Ok(Ready::new(pre(&runner.engine, &linker, component, name)?))
}

/// Resolves the imports of `component`.
///
/// # Errors
///
/// [`LoadError::Import`] for the first that `linker` does not have.
pub(crate) fn pre<T: 'static>(
    engine: &Engine,
    linker: &Linker<T>,
    component: &Component,
    name: &str,
) -> Result<InstancePre<T>, LoadError> {
    linker.instantiate_pre(component).map_err(|error| {
        let reason = one_line(&error);
        let import = component
            .component_type()
            .imports(engine)
            .map(|(import, _)| import.to_owned())
            .find(|import| reason.contains(&format!("`{import}`")));
        match import {
            Some(import) => LoadError::Import {
                name: name.to_owned(),
                import,
                reason,
            },
            None => LoadError::Compile {
                name: name.to_owned(),
                reason,
            },
        }
    })
}

/// What becomes of the exit codes of WASI p1 modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Modules {
    /// They are kept, by a function that came with WASI 0.2.12.
    WithExitCodes,
    /// Every WASI 0.2 runtime can run what they become.
    Portable,
}

/// Compiles a component, or takes its code from the engine's cache.
pub(super) fn compile(engine: &Engine, name: &str, binary: &[u8], outline: &Outline) -> Result<Component, LoadError> {
    outline.verify_wasi(name)?;
    Component::from_binary(engine, binary).map_err(|error| cannot_compile(&error, name))
}

/// Compiles a component for later.
pub(super) fn precompile(engine: &Engine, name: &str, binary: &[u8], outline: &Outline) -> Result<Vec<u8>, LoadError> {
    outline.verify_wasi(name)?;
    let compiled = engine.precompile_component(binary);
    compiled.map_err(|error| cannot_compile(&error, name))
}

fn cannot_compile(error: &wasmtime::Error, name: &str) -> LoadError {
    LoadError::Compile {
        name: name.to_owned(),
        reason: one_line(error),
    }
}

/// The component that `bytes` are, as a binary, or that is made of the WASI p1 module that they are.
pub(crate) fn binary(name: &str, bytes: &[u8], modules: Modules) -> Result<Vec<u8>, LoadError> {
    let not_wasm = |reason: String| LoadError::NotWasm {
        name: name.to_owned(),
        reason,
    };
    if bytes.is_empty() {
        return Err(not_wasm("it is empty".to_owned()));
    }
    let binary = wat::parse_bytes(bytes).map_err(|error| {
        let text = error.to_string();
        not_wasm(text.lines().next().unwrap_or("it is not Wasm text").to_owned())
    })?;
    if Parser::is_core_wasm(&binary) {
        module::componentize(&binary, modules).map_err(|error| LoadError::Module {
            name: name.to_owned(),
            reason: module::advice(&binary).unwrap_or_else(|| chain(&error)),
        })
    } else if Parser::is_component(&binary) {
        Ok(binary.into_owned())
    } else {
        Err(not_wasm(
            "it has neither the header of a module nor that of a component".to_owned(),
        ))
    }
}

/// An error and its causes, in one line.
fn chain(error: &anyhow::Error) -> String {
    format!("{error:#}").replace('\n', " ")
}
