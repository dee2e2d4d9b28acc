//! `scratch compile`.

use std::path::PathBuf;

use anyhow::{Result, bail};
use wasmtime_scratch::Runner;

use crate::engine::EngineFlags;
use crate::input;
use crate::load::compiling;
use crate::output;

/// Compile a program ahead of time, for `scratch run --allow-precompiled`.
///
/// The result runs with this version of the command, on processors like this one, and with the same options of wasmtime.
#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0; 1 if the program cannot be compiled or the result not be written; 2 for wrong usage."
)]
pub(crate) struct Compile {
    /// The program: a component, a WASI p1 module, or the text of either; `-` for standard input.
    #[arg(value_name = "PROGRAM.wasm")]
    program: String,

    /// Where to write the compiled code [default: PROGRAM.cwasm in this directory].
    #[arg(short, long, value_name = "OUT.cwasm")]
    output: Option<PathBuf>,

    #[command(flatten)]
    engine: EngineFlags,
}

impl Compile {
    pub(crate) fn execute(self) -> i32 {
        let (_, config) = match self.engine.read() {
            Ok(read) => read,
            Err(error) => return crate::fail(&error, crate::USAGE),
        };
        let compiled = Runner::with_config(config)
            .map_err(anyhow::Error::from)
            .and_then(|runner| self.compile(&runner));
        match compiled {
            Ok(()) => 0,
            Err(error) => crate::fail(&error, crate::CANNOT_LOAD),
        }
    }

    fn compile(&self, runner: &Runner) -> Result<()> {
        let program = input::program(&self.program)?;
        if wasmtime::Engine::detect_precompiled(&program.bytes).is_some() {
            bail!("`{}` is compiled code already", program.name);
        }
        let path = match &self.output {
            Some(output) => output.clone(),
            None if program.name == "-" => bail!("name the file for the compiled code with -o"),
            None => PathBuf::from(&program.name).with_extension("cwasm"),
        };
        let code = compiling(&program.name, || Ok(runner.precompile(&program.name, &program.bytes)?))?;
        output::write(&path, &code)
    }
}
