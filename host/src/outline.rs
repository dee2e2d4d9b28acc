//! What a component imports and exports, and what it hands on inside, read from its bytes.

use wasmparser::{ComponentInstance, Parser, Payload};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::contract::{CONTRACT, CONTRACT_VERSION};
use crate::error::LoadError;

/// The names at the top level of a component.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
    /// What is handed to the components inside, under which name.
    arguments: Vec<String>,
}

impl Outline {
    /// As far as the bytes can be parsed: what is wrong beyond that is the compiler's to explain.
    pub(crate) fn of(component: &[u8]) -> Outline {
        let mut outline = Outline::default();
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(component) {
            let Ok(payload) = payload else { break };
            match payload {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                _ if depth > 0 => {}
                Payload::ComponentImportSection(imports) => {
                    let names = imports.into_iter().flatten().map(|import| import.name.name.to_owned());
                    outline.imports.extend(names);
                }
                Payload::ComponentExportSection(exports) => {
                    let names = exports.into_iter().flatten().map(|export| export.name.name.to_owned());
                    outline.exports.extend(names);
                }
                Payload::ComponentInstanceSection(instances) => {
                    for instance in instances.into_iter().flatten() {
                        if let ComponentInstance::Instantiate { args, .. } = instance {
                            outline.arguments.extend(args.iter().map(|arg| arg.name.to_owned()));
                        }
                    }
                }
                _ => {}
            }
        }
        outline
    }

    /// The imports of compiled code, whose bytes tell nothing else.
    pub(crate) fn of_compiled(engine: &Engine, component: &Component) -> Outline {
        let ty = component.component_type();
        Outline {
            imports: ty.imports(engine).map(|(name, _)| name.to_owned()).collect(),
            ..Outline::default()
        }
    }

    /// Whether a provider is plugged in, so that the program's handles are between the two of them.
    pub(crate) fn has_provider(&self) -> bool {
        self.arguments.iter().any(|name| is_contract(name))
    }

    /// The interfaces of the contract that it imports.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = &str> {
        self.imports.iter().map(String::as_str).filter(|name| is_contract(name))
    }

    /// Looks at the versions of WASI before the compiler does, which would name a missing feature and not the import.
    ///
    /// # Errors
    ///
    /// [`LoadError::Wasi03`] if it imports an interface of WASI 0.3.
    pub(crate) fn verify_wasi(&self, name: &str) -> Result<(), LoadError> {
        let is_wasi_03 = |import: &&String| import.starts_with("wasi:") && import.contains("@0.3.");
        match self.imports.iter().find(is_wasi_03) {
            None => Ok(()),
            Some(import) => Err(LoadError::Wasi03 {
                name: name.to_owned(),
                import: import.clone(),
            }),
        }
    }

    /// # Errors
    ///
    /// [`LoadError::Version`] if it imports another version of the contract than ours.
    pub(crate) fn verify_version(&self, name: &str) -> Result<(), LoadError> {
        let ours = format!("@{CONTRACT_VERSION}");
        match self.wanted().find(|import| !import.ends_with(&ours)) {
            None => Ok(()),
            Some(other) => Err(LoadError::Version {
                name: name.to_owned(),
                import: other.to_owned(),
                ours: CONTRACT_VERSION,
            }),
        }
    }
}

fn is_contract(name: &str) -> bool {
    name.strip_prefix(CONTRACT).is_some_and(|rest| rest.starts_with('/'))
}
