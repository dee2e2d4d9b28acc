//! From a program's file to a program: compiled, from the cache of compiled code, or precompiled.

use std::io::IsTerminal as _;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use wasmtime::component::Component;
use wasmtime::{Engine, Precompiled};
use wasmtime_scratch::{Escaped, Program, Runner};

use crate::input::Input;

/// How compiled code starts.
const ELF: &[u8] = b"\x7fELF";

/// How long a compilation takes before a person is told of it.
const PATIENCE: Duration = Duration::from_secs(1);

/// Interval at which the line about a compilation moves.
const TICK: Duration = Duration::from_millis(100);

/// Loads a program; `allow_precompiled` if it may be compiled code.
///
/// # Errors
///
/// If it cannot be loaded, in one line that names it and says what would help.
pub(crate) fn program(runner: &Runner, input: &Input, allow_precompiled: bool) -> Result<Program> {
    let Input { name, bytes } = input;
    match Engine::detect_precompiled(bytes) {
        None if allow_precompiled && bytes.starts_with(ELF) => bail!(
            "`{name}` is compiled code that is damaged, or only a part of it (compile it with `scratch compile` again)"
        ),
        None => compiling(name, || Ok(runner.program(name, bytes)?)),
        Some(_) if !allow_precompiled => bail!(
            "`{name}` is compiled code: run it with --allow-precompiled if you trust whoever made it, since it is not sandboxed"
        ),
        Some(Precompiled::Module) => bail!(
            "`{name}` is compiled code of a core module, and modules are made components before they are compiled: compile the \
             module with `scratch compile`"
        ),
        Some(Precompiled::Component) => {
            let component = precompiled(runner.engine(), bytes)
                .map_err(anyhow::Error::from)
                .with_context(|| {
                    format!("`{name}` is compiled code for another engine (compile it with `scratch compile` and the same options)")
                })?;
            Ok(runner.compiled(name, &component)?)
        }
    }
}

/// Does what may take long, with a line that says so on a terminal.
pub(crate) fn compiling<T>(name: &str, compile: impl FnOnce() -> Result<T>) -> Result<T> {
    if !std::io::stderr().is_terminal() {
        return compile();
    }
    let (done, is_done) = mpsc::channel::<()>();
    let message = format!("compiling {}", Escaped(name));
    thread::scope(|scope| {
        // Nothing depends on it: without a thread there is no line.
        let _ = thread::Builder::new().spawn_scoped(scope, move || {
            if is_done.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let style = ProgressStyle::with_template("scratch: {msg} {elapsed} {spinner}");
            let bar = ProgressBar::new_spinner().with_message(message);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            while is_done.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                bar.tick();
            }
            bar.finish_and_clear();
        });
        let compiled = compile();
        drop(done);
        compiled
    })
}

#[expect(
    unsafe_code,
    reason = "compiled code is native code, which the user vouches for with --allow-precompiled, as in wasmtime"
)]
fn precompiled(engine: &Engine, bytes: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the bytes came out of `Engine::precompile_component`, or `wasmtime compile`: that is what --allow-precompiled
    // says. wasmtime itself verifies its version and the engine's settings.
    unsafe { Component::deserialize(engine, bytes) }
}
