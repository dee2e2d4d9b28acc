//! Takes a download, and lets it into a granted directory only if it is what was expected: whole, by its length and its
//! SHA-256, and in one step. What is not leaves nothing behind.
#![forbid(unsafe_code)]

mod preopens;

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use clap::Parser;
use scratch_tempfile::bindings::scratch::tempfile::types::{ErrorCode, TemporaryFile};
use sha2::{Digest as _, Sha256};

/// As much is read at once.
const PIECE: usize = 64 << 10;

/// Check a download, and put it into a directory if it is what was expected.
#[derive(Parser)]
#[command(name = "validate")]
struct Args {
    /// Its length in bytes.
    #[arg(long, value_name = "N")]
    length: u64,

    /// Its SHA-256, in 64 hexadecimal digits.
    #[arg(long, value_name = "HEX")]
    sha256: Sum,

    /// The directory it is for: one that was granted.
    #[arg(long, value_name = "DIR")]
    to: String,

    /// Its name there.
    #[arg(long)]
    name: String,

    /// Replace a file of that name.
    #[arg(long)]
    overwrite: bool,

    /// Where it comes from; otherwise from standard input.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// A SHA-256.
#[derive(Clone, PartialEq, Eq)]
struct Sum([u8; 32]);

impl FromStr for Sum {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Sum> {
        let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
        let digits = digits.filter(|digits| digits.len() == 64);
        let digits = digits.context("a SHA-256 is written as 64 hexadecimal digits")?;
        let mut sum = [0; 32];
        for (byte, pair) in sum.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = u8::try_from(pair[0] * 16 + pair[1])?;
        }
        Ok(Sum(sum))
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn main() -> ExitCode {
    match validate(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "validate: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn validate(args: &Args) -> Result<()> {
    // First: nobody downloads for a directory that is not there.
    let to = preopens::find(&args.to)?;
    let file = match &args.file {
        None => receive(io::stdin(), args),
        Some(path) => {
            let file = File::open(path);
            receive(
                file.with_context(|| format!("failed to open `{}`", path.display()))?,
                args,
            )
        }
    }?;
    TemporaryFile::persist(file.into_handle(), &to, &args.name, args.overwrite).map_err(|(_, code)| match code {
        ErrorCode::Exist => anyhow!("`{}` exists in `{}`; --overwrite replaces it", args.name, args.to),
        _ => anyhow!(
            "failed to persist `{}` to `{}`: {} ({})",
            args.name,
            args.to,
            code.name(),
            code.message()
        ),
    })
}

/// The download as a temporary file, if it is what was expected.
fn receive(from: impl Read, args: &Args) -> Result<scratch_tempfile::File> {
    // A small one stays in memory until it is persisted: the provider writes it straight to where it is to be.
    let mut file = scratch_tempfile::tempfile()?;
    let mut hash = Sha256::new();
    let mut found = 0;
    // One byte more is enough to know that it is too long.
    let mut from = from.take(args.length.saturating_add(1));
    let mut buffer = vec![0; PIECE];
    loop {
        let count = from.read(&mut buffer).context("failed to read the download")?;
        if count == 0 {
            break;
        }
        let piece = &buffer[..count];
        found += u64::try_from(count)?;
        if found > args.length {
            bail!("wrong length: expected {} bytes, found at least {found}", args.length);
        }
        hash.update(piece);
        file.write_all(piece)?;
    }
    ensure!(
        found == args.length,
        "wrong length: expected {} bytes, found {found}",
        args.length
    );
    let found = Sum(hash.finalize().into());
    ensure!(
        found == args.sha256,
        "wrong SHA-256: expected {}, found {found}",
        args.sha256
    );
    Ok(file)
}
