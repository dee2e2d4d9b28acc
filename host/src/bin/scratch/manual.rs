//! `scratch completion` and `scratch man`: what clap knows of this command, for shells and for `man`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::Cli;

/// Write a shell's completions of this command to standard output.
#[derive(clap::Args)]
pub(crate) struct Completion {
    /// The shell.
    shell: Shell,
}

impl Completion {
    pub(crate) fn execute(self) -> i32 {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "scratch", &mut text);
        match crate::say_out(&String::from_utf8_lossy(&text)) {
            Ok(()) => 0,
            Err(error) => crate::fail(&error, crate::CANNOT_LOAD),
        }
    }
}

/// Write the manual pages of this command, as roff, into a directory.
#[derive(clap::Args)]
pub(crate) struct Man {
    /// The directory, made if need be; without one the main page is written to standard output.
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Man {
    pub(crate) fn execute(self) -> i32 {
        match self.write() {
            Ok(()) => 0,
            Err(error) => crate::fail(&error, crate::CANNOT_LOAD),
        }
    }

    fn write(self) -> Result<()> {
        let Some(dir) = self.dir else {
            let mut text = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut text)?;
            return crate::say_out(&String::from_utf8_lossy(&text));
        };
        let written = fs::create_dir_all(&dir).and_then(|()| clap_mangen::generate_to(Cli::command(), &dir));
        written.with_context(|| format!("failed to write the manual to `{}`", dir.display()))
    }
}
