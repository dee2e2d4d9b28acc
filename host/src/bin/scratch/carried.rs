//! `scratch provider` and `scratch wit`: what the command carries for others to use.

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use wasmtime_scratch::{CONTRACT_FILES, GUEST_PROVIDER};

use crate::output;

/// Write the guest provider out.
#[derive(clap::Args)]
#[command(after_help = "Exit codes: 0; 1 if it cannot be written; 2 for wrong usage.")]
pub(crate) struct Provider {
    /// Where to; standard output if it is not named.
    file: Option<PathBuf>,
}

/// Write the contract out.
#[derive(clap::Args)]
#[command(after_help = "Exit codes: 0; 1 if it cannot be written; 2 for wrong usage.")]
pub(crate) struct Wit {
    /// The folder for the package and its dependencies; without it the contract alone is printed.
    dir: Option<PathBuf>,
}

impl Provider {
    pub(crate) fn execute(self) -> i32 {
        exit_code(self.write())
    }

    fn write(self) -> Result<()> {
        match self.file {
            Some(file) => output::write(&file, GUEST_PROVIDER),
            None => {
                let mut stdout = io::stdout().lock();
                ensure!(
                    !stdout.is_terminal(),
                    "the provider is binary: name a file, or send standard output to one"
                );
                stdout
                    .write_all(GUEST_PROVIDER)
                    .context("failed to write the provider to standard output")
            }
        }
    }
}

impl Wit {
    pub(crate) fn execute(self) -> i32 {
        exit_code(self.write())
    }

    fn write(self) -> Result<()> {
        let Some(dir) = self.dir else {
            return io::stdout()
                .lock()
                .write_all(CONTRACT_FILES[0].1.as_bytes())
                .context("failed to write the contract to standard output");
        };
        for (path, text) in CONTRACT_FILES {
            let file = dir.join(path);
            let folder = file.parent().unwrap_or(&dir);
            fs::create_dir_all(folder).with_context(|| format!("failed to create `{}`", folder.display()))?;
            fs::write(&file, text).with_context(|| format!("failed to write `{}`", file.display()))?;
        }
        Ok(())
    }
}

fn exit_code(result: Result<()>) -> i32 {
    match result {
        Ok(()) => 0,
        Err(error) => crate::fail(&error, crate::CANNOT_LOAD),
    }
}
