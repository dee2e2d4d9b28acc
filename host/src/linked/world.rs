//! What a provider may import, and what it has to export.

use wasmtime::bail;
use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::p2::DynInputStream;
use wasmtime_wasi::p2::bindings::{cli, random};
use wasmtime_wasi::p2::pipe::ClosedInputStream;
use wasmtime_wasi::random::{WasiRandom, WasiRandomView as _};

use crate::contract::{self, CONTRACT};
use crate::error::LoadError;
use crate::guard::{self, Side};
use crate::view::{ScratchCtxView, ScratchView};

/// Everything that a provider gets.
pub(super) fn add_to_linker<T: ScratchView>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_proxy_interfaces_async(linker)?;
    cli::terminal_input::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::terminal_output::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::terminal_stdin::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::terminal_stdout::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    cli::terminal_stderr::add_to_linker::<T, WasiCli>(linker, T::cli)?;
    random::insecure::add_to_linker::<T, WasiRandom>(linker, T::random)?;
    random::insecure_seed::add_to_linker::<T, WasiRandom>(linker, T::random)?;
    linker.allow_shadowing(true);
    let view: fn(&mut T) -> ProviderCli<'_> = |data| ProviderCli(data.scratch());
    cli::environment::add_to_linker::<T, HasProviderCli>(linker, view)?;
    cli::exit::add_to_linker::<T, HasProviderCli>(linker, view)?;
    cli::stdin::add_to_linker::<T, HasProviderCli>(linker, view)?;
    guard::add_to_linker(linker, Side::Provider)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// Refuses what does not export the contract in our version, and says what it exports instead.
pub(crate) fn verify_exports(exports: &[String], name: &str) -> Result<(), LoadError> {
    for interface in ["types", "space"] {
        let wanted = contract::interface(interface);
        if exports.contains(&wanted) {
            continue;
        }
        let other = exports
            .iter()
            .find(|export| export.starts_with(&format!("{CONTRACT}/{interface}")));
        return Err(LoadError::Export {
            name: name.to_owned(),
            export: wanted,
            hint: match other {
                Some(other) => format!(", but `{other}`: it was made for another version"),
                None => ": it is not a provider".to_owned(),
            },
        });
    }
    Ok(())
}

struct HasProviderCli;

impl HasData for HasProviderCli {
    type Data<'a> = ProviderCli<'a>;
}

/// The command-line world of a provider: it has none of its program's.
struct ProviderCli<'a>(ScratchCtxView<'a>);

impl cli::environment::Host for ProviderCli<'_> {
    fn get_environment(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        Ok(vec![("TMPDIR".to_owned(), self.0.ctx.provider_tmp.clone())])
    }

    fn get_arguments(&mut self) -> wasmtime::Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn initial_cwd(&mut self) -> wasmtime::Result<Option<String>> {
        Ok(None)
    }
}

impl cli::exit::Host for ProviderCli<'_> {
    fn exit(&mut self, _status: Result<(), ()>) -> wasmtime::Result<()> {
        bail!("the provider called `exit`, which only the program may")
    }

    fn exit_with_code(&mut self, _code: u8) -> wasmtime::Result<()> {
        bail!("the provider called `exit`, which only the program may")
    }
}

impl cli::stdin::Host for ProviderCli<'_> {
    fn get_stdin(&mut self) -> wasmtime::Result<Resource<DynInputStream>> {
        let closed: DynInputStream = Box::new(ClosedInputStream);
        Ok(self.0.table.push(closed)?)
    }
}
