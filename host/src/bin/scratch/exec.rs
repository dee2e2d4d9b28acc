//! `scratch exec`: a leased directory for any command.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::ExitStatus;

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal};
use tokio::process::{Child, Command};
use wasmtime_scratch::{Base, END_WAIT, Label, Limits};

use crate::signals::Signals;
use crate::{SCRATCH_FAILED, say};

/// The command is not there, as in a shell.
const NOT_FOUND: i32 = 127;
/// It is there and cannot be started, as in a shell.
const NOT_EXECUTABLE: i32 = 126;

/// What is replaced by the directory.
const PLACE: &[u8] = b"{}";

/// Run any command with a private directory that is gone when it ends.
#[derive(clap::Args)]
#[command(
    after_help = "`{}` in the command's arguments is replaced by the directory, and TMPDIR in its environment is the directory:

    scratch exec -- wasmtime run --dir {}::/tmp app.wasm

The directory goes when the command ends, also by a signal to scratch, which is handed on. If scratch itself is killed, it
goes with the next sweep, but not before the command has ended. There are no limits in it, and nothing is checked before
the end: for that, use `scratch run`.

Exit codes: the command's own; 125 if scratch failed (the base was refused, or the command succeeded but something could not
be removed); 126 if the command cannot be started; 127 if it is not found; 128 + n for signal n."
)]
pub(crate) struct Exec {
    /// The command and its arguments.
    #[arg(value_names = ["CMD", "ARGS"], required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,

    /// The directory on the host under which the command's is made, found as by `scratch run`.
    #[arg(long, value_name = "DIR")]
    base: Option<PathBuf>,

    /// Whose run this is: up to 128 printable characters.
    #[arg(long)]
    label: Option<Label>,
}

impl Exec {
    pub(crate) fn execute(self) -> i32 {
        self.try_execute()
            .unwrap_or_else(|error| crate::fail(&error, SCRATCH_FAILED))
    }

    fn try_execute(self) -> Result<i32> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("failed to start")?;
        let mut signals = runtime
            .block_on(async { Signals::catch() })
            .context("failed to catch signals")?;
        let base = Base::open(crate::base::path(self.base, std::iter::empty()))?;
        // Nobody holds the command to anything.
        let space = base.space_within(self.label, Limits::UNLIMITED);
        let dir = space.dir().context("failed to make a directory in the base")?;
        // An absolute path, wherever the command goes.
        let dir = dir.canonicalize().context("failed to find the directory in the base")?;
        // Inherited, and with it the lease.
        rustix::io::fcntl_setfd(base.lock(), rustix::io::FdFlags::empty()).context("failed to hand on the lease")?;
        let [program, arguments @ ..] = &self.command[..] else {
            anyhow::bail!("there is no command");
        };
        let mut command = Command::new(program);
        command.args(arguments.iter().map(|argument| with_place(argument, dir.as_os_str())));
        command.env("TMPDIR", &dir);
        let code = runtime.block_on(async {
            match command.spawn() {
                Ok(child) => run(child, &mut signals).await,
                Err(error) => {
                    say(&format!("scratch: failed to run `{}`: {error}\n", program.display()));
                    Ok(match error.kind() {
                        std::io::ErrorKind::NotFound => NOT_FOUND,
                        _ => NOT_EXECUTABLE,
                    })
                }
            }
        });
        let report = space.end();
        base.close();
        if !report.is_clean() {
            say(&format!("scratch: not everything could be removed\n{report}"));
        }
        let code = code?;
        Ok(if code == 0 && !report.is_clean() {
            SCRATCH_FAILED
        } else {
            code
        })
    }
}

/// Waits for the command, and hands signals on to it. After a second one it is killed, or when it takes too long.
async fn run(mut child: Child, signals: &mut Signals) -> Result<i32> {
    let number = tokio::select! {
        ended = child.wait() => return Ok(exit_code(ended.context("failed to wait for the command")?)),
        number = signals.next() => number,
    };
    let pid = child.id().and_then(|pid| Pid::from_raw(pid.try_into().ok()?));
    if let (Some(pid), Some(signal)) = (pid, Signal::from_named_raw(number)) {
        // It may have ended by itself.
        let _ = rustix::process::kill_process(pid, signal);
    }
    tokio::select! {
        _ = child.wait() => {}
        _ = signals.next() => child.kill().await.context("failed to end the command")?,
        () = tokio::time::sleep(END_WAIT) => child.kill().await.context("failed to end the command")?,
    }
    Ok(128 + number)
}

fn exit_code(status: ExitStatus) -> i32 {
    let by_signal = || 128 + status.signal().unwrap_or(0);
    status.code().unwrap_or_else(by_signal)
}

/// An argument with the directory in its place.
fn with_place(argument: &OsStr, dir: &OsStr) -> OsString {
    let mut rest = argument.as_bytes();
    let mut replaced = Vec::new();
    while let Some(at) = rest.windows(PLACE.len()).position(|part| part == PLACE) {
        replaced.extend_from_slice(&rest[..at]);
        replaced.extend_from_slice(dir.as_bytes());
        rest = &rest[at + PLACE.len()..];
    }
    replaced.extend_from_slice(rest);
    OsString::from_vec(replaced)
}
