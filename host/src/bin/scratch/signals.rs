//! The signals that ask the command to stop.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGHUP, SIGINT and SIGTERM, caught from [`Signals::catch`] on, as far as whoever started the process did not ignore them.
pub(crate) struct Signals {
    caught: [Option<Signal>; 3],
}

const STOPPING: [SignalKind; 3] = [SignalKind::hangup(), SignalKind::interrupt(), SignalKind::terminate()];

impl Signals {
    /// Catches them.
    ///
    /// # Errors
    ///
    /// Of the system.
    pub(crate) fn catch() -> io::Result<Signals> {
        let ignored = Ignored::by_parent();
        let catch = |kind: SignalKind| match ignored.contains(kind) {
            true => Ok(None),
            false => signal(kind).map(Some),
        };
        let [hup, int, term] = STOPPING;
        Ok(Signals {
            caught: [catch(hup)?, catch(int)?, catch(term)?],
        })
    }

    /// Waits for the next one, and returns its number.
    pub(crate) async fn next(&mut self) -> i32 {
        let [on_hup, on_int, on_term] = &mut self.caught;
        let [hup, int, term] = STOPPING.map(|kind| kind.as_raw_value());
        tokio::select! {
            () = receive(on_hup) => hup,
            () = receive(on_int) => int,
            () = receive(on_term) => term,
        }
    }
}

/// Catches SIGXFSZ from now on: without a handler, a write beyond `ulimit -f` ends the process, and with one it is an error of
/// that write alone, be it a program's or one to the cache of compiled code. Programs that we start have no handler.
///
/// # Errors
///
/// Of the system.
pub(crate) fn outlive_file_limit() -> io::Result<()> {
    let kind = SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw());
    if Ignored::by_parent().contains(kind) {
        return Ok(());
    }
    // The handler stays when the runtime is gone.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let _entered = runtime.enter();
    signal(kind).map(drop)
}

/// Waits for a signal, forever if it is ignored.
async fn receive(caught: &mut Option<Signal>) {
    match caught {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// The signals that were ignored when the process started, a bit for each. `nohup` and `trap ''` mean them to stay ignored.
struct Ignored(u64);

impl Ignored {
    /// Asks `/proc`, because the system call that tells is not safe to call. Nothing is ignored where there is no `/proc`.
    fn by_parent() -> Ignored {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        Ignored(mask.unwrap_or(0))
    }

    /// Tells whether the signal was ignored.
    fn contains(&self, kind: SignalKind) -> bool {
        let bit = u32::try_from(kind.as_raw_value() - 1).ok();
        let bit = bit.and_then(|bit| 1_u64.checked_shl(bit));
        bit.is_some_and(|bit| self.0 & bit != 0)
    }
}
