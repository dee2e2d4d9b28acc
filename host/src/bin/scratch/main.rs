//! The `scratch` command: parses, calls the library, prints.

// Not `forbid`: compiled code that a user vouches for is loaded in `load.rs`.
#![deny(unsafe_code)]

mod base;
mod carried;
mod check;
mod compile;
mod compose;
mod engine;
mod exec;
mod input;
mod limits;
mod list;
mod load;
mod manual;
mod options;
mod output;
mod run;
mod said;
mod signals;
mod stdio;
mod sweep;
mod watchdog;

use std::any::Any;
use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{CommandFactory as _, Parser, Subcommand};
use wasmtime_scratch::Escaped;

/// Run WebAssembly programs whose temporary files are gone when they end, however they end.
#[derive(Parser)]
#[command(
    name = "scratch",
    version = VERSION,
    subcommand_negates_reqs = true,
    args_conflicts_with_subcommands = true
)]
#[command(override_usage = "scratch [run] [OPTIONS] PROGRAM.wasm [ARGS]...\n       scratch <COMMAND>")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    run: run::Run,
}

#[derive(Subcommand)]
enum Command {
    /// Run a program: a WASI 0.2 command component, a WASI p1 module, or either as text. The default command.
    Run(Box<run::Run>),
    /// Compile a program ahead of time, for `scratch run --allow-precompiled`.
    Compile(Box<compile::Compile>),
    /// Check that a provider does what the contract says, case by case.
    Check(check::Check),
    /// Plug a provider into a program, for runtimes that know nothing of `scratch:tempfile`.
    Compose(compose::Compose),
    /// Give any command a private directory that goes when it ends, or with the next sweep.
    Exec(exec::Exec),
    /// Show what is in a base: spaces that are in use, and what dead hosts left.
    List(list::List),
    /// Remove what dead hosts left in a base, and wait for it.
    Sweep(sweep::Sweep),
    /// Write the guest provider out: the component that provides `scratch:tempfile` on any WASI 0.2 runtime.
    Provider(carried::Provider),
    /// Write the contract out: the WIT package `scratch:tempfile` and what it depends on.
    Wit(carried::Wit),
    /// Write a shell's completions of this command to standard output.
    Completion(manual::Completion),
    /// Write the manual pages of this command, as roff, into a directory.
    Man(manual::Man),
}

/// Our version, and wasmtime's, whose options these are.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (wasmtime 48.0.8)");

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Catches panics, because that is how libraries say that there is no thread to be had.
    let code = catch_unwind(AssertUnwindSafe(|| start(cli))).unwrap_or_else(|panic| {
        say(&format!("scratch: {}\n", panic_text(&*panic)));
        SCRATCH_FAILED
    });
    // Exits with threads that wait for standard input, or are blocked forever. Everything is dropped and printed by now.
    std::process::exit(code)
}

fn start(cli: Cli) -> i32 {
    match signals::outlive_file_limit() {
        Ok(()) => execute(cli),
        Err(error) => fail(
            &anyhow::Error::from(error).context("failed to catch signals"),
            SCRATCH_FAILED,
        ),
    }
}

fn execute(cli: Cli) -> i32 {
    match cli.command {
        None => cli.run.execute(),
        Some(Command::Run(run)) => run.execute(),
        Some(Command::Compile(compile)) => compile.execute(),
        Some(Command::Check(check)) => check.execute(),
        Some(Command::Compose(compose)) => compose.execute(),
        Some(Command::Exec(exec)) => exec.execute(),
        Some(Command::List(list)) => list.execute(),
        Some(Command::Sweep(sweep)) => sweep.execute(),
        Some(Command::Provider(provider)) => provider.execute(),
        Some(Command::Wit(wit)) => wit.execute(),
        Some(Command::Completion(completion)) => completion.execute(),
        Some(Command::Man(man)) => man.execute(),
    }
}

/// A file could not be loaded, or a result not be written.
const CANNOT_LOAD: i32 = 1;
/// The flags do not go together.
const USAGE: i32 = 2;
/// Scratch itself failed: the base was refused, or something could not be removed.
const SCRATCH_FAILED: i32 = 125;

/// Says why something failed, and returns `code`; a reader of our output who has gone away (`| head`) is no failure.
fn fail(error: &anyhow::Error, code: i32) -> i32 {
    let is_unread = |cause: &(dyn std::error::Error + 'static)| {
        let error = cause.downcast_ref::<io::Error>();
        error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(is_unread) {
        return 0;
    }
    say(&format!("scratch: {}\n", one_line(error)));
    code
}

/// Tells a mistyped subcommand from a program whose file could not be read; with the exit code.
fn subcommand_or(name: &str, error: anyhow::Error) -> (i32, anyhow::Error) {
    let is_missing = error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::NotFound);
    if !is_missing || name.contains(['/', '.']) {
        return (CANNOT_LOAD, error);
    }
    let mut cli = Cli::command();
    cli.build();
    let commands: Vec<String> = cli
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    let slips = |command: &&String| strsim::osa_distance(name, command);
    let likely = commands.iter().min_by_key(slips);
    match likely.filter(|command| slips(command) <= (name.chars().count() / LETTERS_A_SLIP).max(1)) {
        Some(command) => (
            USAGE,
            anyhow::anyhow!("`{name}` is neither a program's file nor a command; did you mean `{command}`?"),
        ),
        None => (CANNOT_LOAD, error),
    }
}

/// A suggestion is made for one slip in so many letters: one that is missing, added, wrong, or has changed places.
const LETTERS_A_SLIP: usize = 3;

/// An error and its causes; not those that the text before them names already. What it quotes may be a program's text.
fn one_line(error: &anyhow::Error) -> String {
    let mut line = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !line.ends_with(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    Escaped(&line).to_string()
}

/// Returns the message of a panic.
fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it panicked")
}

/// So many of something: `1 entry`, `2,000 entries`.
fn count(number: u64, one: &str, many: &str) -> String {
    match number {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        number => format!("{} {many}", indicatif::HumanCount(number)),
    }
}

/// Prints on standard error, if anybody reads it: a reader who went away does not change how a run ended.
fn say(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Prints on standard output, and says so if nobody reads it.
fn say_out(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    written.context("failed to write to standard output")
}
