//! `scratch compose`.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use wasmtime_scratch::Escaped;

use crate::input::{self, GUEST};
use crate::output;

/// Plug a provider into a program, for runtimes that know nothing of `scratch:tempfile`.
///
/// The result is a component for any WASI 0.2 runtime, which has to grant it a directory for its temporary files. It is
/// what `wac plug --plug PROVIDER.wasm PROGRAM.wasm` makes.
#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0; 1 if the two cannot be composed, or the result cannot be written; 2 for wrong usage."
)]
pub(crate) struct Compose {
    /// The program, which imports `scratch:tempfile`; `-` for standard input.
    #[arg(value_name = "PROGRAM.wasm")]
    program: String,

    /// Where to write the result; standard output if it is not named.
    #[arg(short, long, value_name = "OUT.wasm")]
    output: Option<PathBuf>,

    /// What to plug in: the built-in guest component, or the component in FILE.
    #[arg(long, value_name = "guest|FILE", default_value = GUEST)]
    provider: String,
}

impl Compose {
    pub(crate) fn execute(self) -> i32 {
        match self.compose() {
            Ok(()) => 0,
            Err(error) => crate::fail(&error, crate::CANNOT_LOAD),
        }
    }

    fn compose(self) -> Result<()> {
        if self.output.is_none() {
            let is_terminal = io::stdout().is_terminal();
            ensure!(
                !is_terminal,
                "the component is binary: name a file with -o, or send standard output to one"
            );
        }
        let program = input::program(&self.program)?;
        let provider = input::provider(&self.provider)?;
        let composed = wasmtime_scratch::compose(&program.name, &program.bytes, &provider.name, &provider.bytes)?;
        let written_to = match &self.output {
            None => {
                let mut stdout = io::stdout().lock();
                let written = stdout.write_all(&composed).and_then(|()| stdout.flush());
                written.context("failed to write the component to standard output")?;
                "OUT.wasm".to_owned()
            }
            Some(path) => {
                for other in [&self.program, &self.provider] {
                    ensure!(
                        !is_same_file(path, Path::new(other)),
                        "`{}` would be overwritten: name another file with -o",
                        path.display()
                    );
                }
                output::write(path, &composed)?;
                path.display().to_string()
            }
        };
        crate::say(&format!(
            "scratch: {} bytes; it keeps its temporary files in the preopen that TMPDIR names, else in `/tmp`{}:\n         \
             wasmtime run --dir DIR::/tmp {}\n         Only under `scratch run` are they gone after a crash.\n",
            composed.len(),
            match self.provider == GUEST {
                true => "",
                false => " (unless its provider says otherwise)",
            },
            Escaped(&written_to),
        ));
        Ok(())
    }
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    // What cannot be resolved is not there yet.
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
