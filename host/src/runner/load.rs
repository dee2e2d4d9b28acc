//! From bytes to a program: text, core modules and components.

use wasmparser::{Parser, Payload};
use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre, Linker};

use super::outcome::one_line;
use super::{State, module};
use crate::error::LoadError;
use crate::linked::{CONTRACT, CONTRACT_VERSION};

/// The interface that a command exports.
const RUN: &str = "wasi:cli/run@";

/// A program, compiled, its imports checked. Clones share the code.
#[derive(Clone)]
pub struct Program {
    name: String,
    pre: InstancePre<State>,
    wants_scratch: bool,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Program {
    pub(super) fn load(
        engine: &Engine,
        linker: &Linker<State>,
        name: &str,
        bytes: &[u8],
    ) -> Result<Program, LoadError> {
        let component = component(engine, name, bytes)?;
        let imports: Vec<String> = component
            .component_type()
            .imports(engine)
            .map(|(import, _)| import.to_owned())
            .collect();
        let contract: Vec<&String> = imports.iter().filter(|import| is_contract(import)).collect();
        let ours = format!("@{CONTRACT_VERSION}");
        if let Some(other) = contract.iter().find(|import| !import.ends_with(&ours)) {
            return Err(LoadError::Version {
                name: name.to_owned(),
                import: other.to_string(),
                ours: CONTRACT_VERSION,
            });
        }
        Ok(Program {
            name: name.to_owned(),
            wants_scratch: !contract.is_empty(),
            pre: pre(engine, linker, &component, name)?,
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

    /// Whether it can be run as a command.
    ///
    /// # Errors
    ///
    /// [`LoadError::Export`] if it has no `wasi:cli/run`.
    pub fn verify_command(&self) -> Result<(), LoadError> {
        let ty = self.pre.component().component_type();
        if ty.exports(self.pre.engine()).any(|(export, _)| export.starts_with(RUN)) {
            return Ok(());
        }
        Err(LoadError::Export {
            name: self.name.clone(),
            export: "wasi:cli/run".to_owned(),
            hint: ": it is not a command (call one of its functions with --invoke)".to_owned(),
        })
    }

    pub(super) fn pre(&self) -> &InstancePre<State> {
        &self.pre
    }
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

/// Compiles the component that `bytes` are, or that is made of the WASI p1 command module that they are.
pub(super) fn component(engine: &Engine, name: &str, bytes: &[u8]) -> Result<Component, LoadError> {
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
    let component = if Parser::is_core_wasm(&binary) {
        module::componentize(&binary).map_err(|error| LoadError::Module {
            name: name.to_owned(),
            reason: chain(&error),
        })?
    } else if Parser::is_component(&binary) {
        binary.into_owned()
    } else {
        return Err(not_wasm(
            "it has neither the header of a module nor that of a component".to_owned(),
        ));
    };
    refuse_wasi_03(name, &component)?;
    Component::from_binary(engine, &component).map_err(|error| LoadError::Compile {
        name: name.to_owned(),
        reason: one_line(&error),
    })
}

/// Looks for WASI 0.3 before the compiler does, which would name a missing feature and not the import.
fn refuse_wasi_03(name: &str, component: &[u8]) -> Result<(), LoadError> {
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        // What does not parse is the compiler's to explain.
        let Ok(payload) = payload else { return Ok(()) };
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(imports) if depth == 0 => {
                for import in imports.into_iter().flatten() {
                    let import = import.name.name;
                    if import.starts_with("wasi:") && import.contains("@0.3.") {
                        return Err(LoadError::Wasi03 {
                            name: name.to_owned(),
                            import: import.to_owned(),
                        });
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_contract(import: &str) -> bool {
    import.strip_prefix(CONTRACT).is_some_and(|rest| rest.starts_with('/'))
}

/// An error and its causes, in one line.
fn chain(error: &anyhow::Error) -> String {
    format!("{error:#}").replace('\n', " ")
}
