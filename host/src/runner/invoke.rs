//! `--invoke`: one function of a component, called as WAVE says.

use wasmtime::component::types::ComponentItem;
use wasmtime::component::wasm_wave::untyped::UntypedFuncCall;
use wasmtime::component::wasm_wave::wasm::DisplayFuncResults;
use wasmtime::component::{ComponentExportIndex, Val};
use wasmtime::{Engine, Store};

use super::load::Ready;
use super::{Outcome, State, started};
use crate::error::RunError;

/// Calls the function. An error is the program's end.
pub(super) async fn run(
    engine: &Engine,
    program: &Ready,
    store: &mut Store<State>,
    call: &str,
    name: &str,
) -> Result<wasmtime::Result<Outcome>, RunError> {
    let failed = |reason: String| RunError::Invoke {
        call: call.to_owned(),
        reason,
    };
    let parsed = UntypedFuncCall::parse(call).map_err(|error| failed(error.to_string()))?;
    let (index, ty) = find(engine, program, parsed.name()).map_err(failed)?;
    let types: Vec<_> = ty.params().map(|(_, ty)| ty).collect();
    let params: Vec<Val> = parsed
        .to_wasm_params(&types)
        .map_err(|error| failed(error.to_string()))?;
    let instance = match program.pre().instantiate_async(&mut *store).await {
        Ok(instance) => instance,
        Err(error) => return started(error, name).map(Err),
    };
    let function = instance
        .get_func(&mut *store, index)
        .ok_or_else(|| failed("it is not exported".to_owned()))?;
    let mut results = vec![Val::Bool(false); ty.results().len()];
    let called = function.call_async(&mut *store, &params, &mut results).await;
    Ok(called.map(|()| Outcome::Returned {
        results: DisplayFuncResults(&results).to_string(),
    }))
}

/// The one exported function of this name, at the top or in an exported interface.
fn find(
    engine: &Engine,
    program: &Ready,
    name: &str,
) -> Result<(ComponentExportIndex, wasmtime::component::types::ComponentFunc), String> {
    let component = program.pre().component();
    let mut found = Vec::new();
    for (export, item) in component.component_type().exports(engine) {
        match item.ty {
            ComponentItem::ComponentFunc(ty) if export == name => {
                found.extend(component.get_export_index(None, export).map(|index| (index, ty)));
            }
            ComponentItem::ComponentInstance(interface) => {
                for (function, item) in interface.exports(engine) {
                    if let ComponentItem::ComponentFunc(ty) = item.ty
                        && function == name
                        && let Some(instance) = component.get_export_index(None, export)
                        && let Some(index) = component.get_export_index(Some(&instance), function)
                    {
                        found.push((index, ty));
                    }
                }
            }
            _ => {}
        }
    }
    match found.len() {
        0 => Err("no function of this name is exported".to_owned()),
        1 => Ok(found.swap_remove(0)),
        several => Err(format!("{several} functions of this name are exported")),
    }
}
