//! Ends a run that something other than its program ends: a signal, or a deadline.
//!
//! A program may be blocked in a call of the kernel that never returns, such as a write to a pipe that nobody reads. Nothing can
//! interrupt that call, so it must not be able to hold anything else. Three threads share the work:
//!
//! * the program has a thread of its own, `scratch-run`;
//! * the main thread waits for that one only as long as it has to, ends the space and writes the reports;
//! * the watchdog hears the signals, and ends the process if the main thread is blocked, too.
//!
//! All of them exist before the program runs. Its end takes no further thread, because there may be none to be had (`ulimit -u`).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use wasmtime_scratch::{Outcome, Report, RunError, Space};

use crate::panic_text;
use crate::signals::Signals;

/// Maximum time that a program gets to let go of its thread, after a signal or after its deadline.
///
/// A program that computes or sleeps does so within 10 ms. A call that writes to a slow disk may take longer and ends in order.
/// A call that takes more than a second is taken for one that never returns, because whoever sent the signal waits for us.
pub(crate) const GRACE: Duration = Duration::from_secs(1);

/// Maximum time for the reports, after a signal or a deadline.
///
/// Reports go to standard error and to files that the user names, any of which may be a pipe that nobody reads. A reader takes a
/// few KiB at once.
pub(crate) const REPORT_WAIT: Duration = Duration::from_secs(1);

/// Catches signals, and ends the process within a bound after one, whatever the main thread is blocked in.
pub(crate) struct Watchdog {
    stages: UnboundedSender<Stage>,
    events: Receiver<Event>,
    /// For the program's thread.
    sender: Sender<Event>,
}

/// Work that the main thread does.
#[derive(Clone, Copy)]
enum Stage {
    /// Opens the base. A signal ends the program before it has begun, and the process if this stage lasts longer than
    /// [`GRACE`] after it.
    Prepare,
    /// Waits for the program, and acts on signals itself.
    Run,
    /// Ends the space. No signal cuts this short.
    CleanUp,
    /// Writes the reports, within [`REPORT_WAIT`] after a signal or a deadline. `forced` is the exit code of that.
    Report { forced: Option<i32> },
}

impl Stage {
    /// Says how long this stage may last after a `first` signal, and with which code the process ends then.
    fn bound(self, first: Option<i32>) -> Option<(Duration, i32)> {
        let by_signal = first.map(|number| 128 + number);
        match self {
            Stage::Prepare => Some((GRACE, by_signal?)),
            Stage::Report { forced } => Some((REPORT_WAIT, forced.or(by_signal)?)),
            Stage::Run | Stage::CleanUp => None,
        }
    }
}

/// What the main thread waits for while the program runs.
enum Event {
    Signal { number: i32 },
    Finished(Finished),
}

/// What the program's thread hands over.
struct Finished {
    outcome: Result<Outcome>,
    executor: Executor,
}

/// What a program ran on. Dropping it does not wait for calls that are blocked in the kernel, such as a read of a FIFO.
pub(crate) struct Executor(Option<Runtime>);

impl Drop for Executor {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A run that is over.
pub(crate) struct EndedRun {
    /// How it ended. An error is a [`RunError`], or tells of a panic.
    pub(crate) outcome: Result<Outcome>,
    /// What ends the program's space.
    pub(crate) thread: ProgramThread,
}

/// What became of the program's thread.
pub(crate) enum ProgramThread {
    /// The store is gone, and this is what it ran on.
    Finished(Executor),
    /// A call that does not return holds the store.
    Stuck,
}

impl Watchdog {
    /// Catches signals from now on.
    ///
    /// # Errors
    ///
    /// Of the system, such as that there is no thread to be had.
    pub(crate) fn start() -> Result<Watchdog> {
        let runtime = single_threaded()?;
        let signals = runtime
            .block_on(async { Signals::catch() })
            .context("failed to catch signals")?;
        let (stages, entered) = unbounded_channel();
        let (sender, events) = channel();
        let heard = sender.clone();
        start_thread("scratch-signals", move || {
            runtime.block_on(watch(signals, entered, heard))
        })?;
        Ok(Watchdog { stages, events, sender })
    }

    /// Runs a program until it ends, a signal comes, or its `timeout` has passed for longer than [`GRACE`]. `run` itself is to
    /// end at the timeout, unless it is blocked.
    ///
    /// # Errors
    ///
    /// If there is no thread to be had for it.
    pub(crate) fn run(
        &self,
        run: impl Future<Output = Result<Outcome, RunError>> + Send + 'static,
        timeout: Option<Duration>,
    ) -> Result<EndedRun> {
        let runtime = single_threaded()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let sender = self.sender.clone();
        let started = Instant::now();
        start_thread("scratch-run", move || {
            let until_stopped = async {
                tokio::select! {
                    outcome = run => outcome.map_err(anyhow::Error::from),
                    _ = stopped => Err(anyhow!("the program was stopped")),
                }
            };
            // Catches panics, because tokio and wasmtime-wasi panic when there is no thread to be had.
            let outcome = catch_unwind(AssertUnwindSafe(|| runtime.block_on(until_stopped)));
            let outcome =
                outcome.unwrap_or_else(|panic| Err(anyhow!("failed to run the program: {}", panic_text(&*panic))));
            let executor = Executor(Some(runtime));
            // Ignores that nobody may listen any more, as after a call that was taken for one that never returns.
            let _ = sender.send(Event::Finished(Finished { outcome, executor }));
        })?;
        self.enter(Stage::Run);
        let give_up = timeout.and_then(|timeout| started.checked_add(timeout.saturating_add(GRACE)));
        let ended = match self.next_event(give_up) {
            Some(Event::Finished(Finished { outcome, executor })) => EndedRun {
                outcome,
                thread: ProgramThread::Finished(executor),
            },
            Some(Event::Signal { number }) => {
                drop(stop);
                EndedRun {
                    outcome: Ok(Outcome::Signal { number }),
                    thread: self.wait_for_stop(),
                }
            }
            None => EndedRun {
                outcome: Ok(Outcome::Deadline {
                    after: started.elapsed(),
                }),
                thread: ProgramThread::Stuck,
            },
        };
        self.enter(Stage::CleanUp);
        Ok(ended)
    }

    /// Bounds the time for writing reports if the run did not end by itself.
    pub(crate) fn begin_report(&self, outcome: &Outcome) {
        let is_forced = matches!(outcome, Outcome::Signal { .. } | Outcome::Deadline { .. });
        self.enter(Stage::Report {
            forced: is_forced.then(|| outcome.exit_code()),
        });
    }

    fn enter(&self, stage: Stage) {
        // Ignores an error, because the thread that receives it lives as long as the process.
        let _ = self.stages.send(stage);
    }

    /// Waits for the next event, until `deadline` if there is one.
    fn next_event(&self, deadline: Option<Instant>) -> Option<Event> {
        match deadline {
            Some(deadline) => {
                let wait = deadline.saturating_duration_since(Instant::now());
                self.events.recv_timeout(wait).ok()
            }
            None => self.events.recv().ok(),
        }
    }

    /// Waits until the program's thread has dropped its store, for [`GRACE`] at most.
    fn wait_for_stop(&self) -> ProgramThread {
        let deadline = Instant::now() + GRACE;
        loop {
            match self.next_event(Some(deadline)) {
                Some(Event::Finished(finished)) => return ProgramThread::Finished(finished.executor),
                // Waits on, because the first has done all that a signal does.
                Some(Event::Signal { .. }) => {}
                None => return ProgramThread::Stuck,
            }
        }
    }
}

impl ProgramThread {
    /// Ends the program's space, and keeps its content in `keep` if there is such a directory.
    pub(crate) fn end_space(self, space: Space, keep: Option<&Path>) -> Report {
        match (self, keep) {
            (ProgramThread::Stuck, keep) => space.end_at_exit(keep),
            // Keeps the executor until then, since the end of the space waits for what it writes in the background.
            (ProgramThread::Finished(_executor), None) => space.end(),
            (ProgramThread::Finished(_executor), Some(dir)) => space.end_keeping(dir),
        }
    }
}

/// Hears signals until the process ends, and ends it when a bound has passed.
async fn watch(mut signals: Signals, mut stages: UnboundedReceiver<Stage>, events: Sender<Event>) {
    let mut stage = Stage::Prepare;
    let mut is_connected = true;
    let mut first: Option<i32> = None;
    let mut exit: Option<(tokio::time::Instant, i32)> = None;
    loop {
        let (exit_at, code) = exit.unwrap_or_else(|| (tokio::time::Instant::now(), 0));
        tokio::select! {
            number = signals.next() => {
                first.get_or_insert(number);
                // Ignores that the main thread may not listen any more, since the bound below is for that.
                let _ = events.send(Event::Signal { number });
            }
            entered = stages.recv(), if is_connected => match entered {
                Some(entered) => (stage, exit) = (entered, None),
                None => {
                    is_connected = false;
                    if !matches!(stage, Stage::Report { .. }) {
                        // Bounds the message of an error, which is all that is left to be written.
                        (stage, exit) = (Stage::Report { forced: None }, None);
                    }
                }
            },
            () = tokio::time::sleep_until(exit_at), if exit.is_some() => std::process::exit(code),
        }
        if exit.is_none() {
            let bound = stage.bound(first);
            exit = bound.map(|(wait, code)| (tokio::time::Instant::now() + wait, code));
        }
    }
}

/// A runtime that starts no thread by itself.
fn single_threaded() -> Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("failed to start")
}

fn start_thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .context("failed to start a thread")?;
    Ok(())
}
