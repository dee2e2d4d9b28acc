//! Rows 11 to 15: a run that nobody awaits any more, with the system still at work for it.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use scratch_tests::programs;
use wasmtime_scratch::Outcome;

use super::alone::{Held, alone};
use super::cli::{Place, entries};
use super::support::{Ran, Ready, Run, block_on, everything};
use super::tools::{WITH_THREADS, has_strace, traced};

/// A run whose file operations all are awaited.
fn awaiting(program: &str, args: &[&str]) -> Ready {
    let run = Run::new(program).with(|command| {
        command.allow_blocking_current_thread(false);
    });
    args.iter().fold(run, |run, arg| run.arg(arg)).ready()
}

/// The same, of one that makes files until somebody ends it.
fn awaiting_forever() -> Ready {
    awaiting(programs::LOOP_BENCH, &["disk", "1000000000", "65536"])
}

/// Drops the run when it has to wait for the `cut`th time; `None` if it ended before that.
fn cut_at(cut: usize, program: &str) -> Option<Ran> {
    let Ready {
        mut run,
        space,
        base,
        host,
        output,
    } = awaiting(program, &["disk"]);
    let (is_cut, report) = block_on(async {
        let mut waits = 0;
        let is_cut = poll_fn(|context| match run.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(false),
            Poll::Pending => {
                waits += 1;
                match waits == cut {
                    true => Poll::Ready(true),
                    false => Poll::Pending,
                }
            }
        })
        .await;
        drop(run);
        (is_cut, space.end_async().await)
    });
    drop(base);
    // How it would have ended is not known.
    is_cut.then(|| output.ran(Outcome::Exit { code: 0 }, report, &host))
}

#[test]
fn row_11_call_future_dropped_at_each_await_point() {
    alone(|| {
        for program in [programs::NEVER_DROPPED, programs::DROPS] {
            // Once to its end: what is compiled has memory of its own from then on.
            assert!(cut_at(usize::MAX, program).is_none(), "it was cut");
            let held = Held::now();
            let mut in_vain = 0;
            // How often it waits is not the same each time: what is done quickly is not waited for.
            for cut in 1.. {
                let Some(ran) = cut_at(cut, program) else {
                    in_vain += 1;
                    match in_vain {
                        5 => break,
                        _ => continue,
                    }
                };
                ran.assert_nothing_left().assert_violations(0);
                held.assert_back();
            }
        }
    });
}

/// Runs `program` with a deadline that it meets while a call of the system takes its time, one that is a `step` with `part` in it.
/// It has to run longer than that, or to do that step once.
fn store_dropped_during(step: &str, part: &str, program: &str, args: &[&str]) {
    /// The first few of a thread: which of them it is depends on how many threads there are.
    const TRIES: usize = 6;
    if !has_strace() {
        return;
    }
    for nth in 1..=TRIES {
        let place = Place::new();
        let before = entries(&place.path(""));
        let mut command = place.scratch();
        command
            .args(["--report", "text", "-W", "timeout=600ms", program])
            .args(args);
        let trace = format!("--trace={step},unlinkat");
        let inject = format!("--inject={step}:delay_enter=1500000:when={nth}");
        let traced = traced(&place, &command, &[&WITH_THREADS[..], &[&trace, &inject]].concat());
        traced
            .ended
            .assert_code(124)
            .assert_says(&["   deadline   ", "residue 0", "0 entries left"]);
        place.assert_nothing_left();
        let mut after = entries(&place.path(""));
        after.retain(|path| !path.starts_with("base") && path.as_os_str() != "strace.log");
        assert_eq!(after, before, "something appeared elsewhere");

        let calls = traced.calls();
        let is_slow = |call: &String| call.contains("(DELAYED)") && call.contains(part);
        let Some(slow) = calls.iter().rposition(is_slow) else {
            continue;
        };
        // The end waited for it: what it deletes it deletes afterwards.
        let is_delete = |call: &&String| call.contains("unlinkat(") && call.contains("AT_REMOVEDIR");
        let deletes = calls
            .iter()
            .filter(is_delete)
            .filter(|call| !call.contains("placeholder"));
        let deleted = deletes
            .map(|delete| calls.iter().position(|call| call == delete))
            .min()
            .flatten();
        assert!(
            deleted.is_some_and(|deleted| slow < deleted),
            "deleted before it was done: {calls:#?}"
        );
        return;
    }
    panic!("no {step} with {part} was slow");
}

/// One round after another, with files of so many bytes.
const LOOP: [&str; 2] = ["disk", "1000000"];

#[test]
fn row_12_store_dropped_with_a_write_in_flight() {
    let args = [&LOOP[..], &["65536"]].concat();
    store_dropped_during("pwrite64", "pwrite64(", programs::LOOP_BENCH, &args);
}

#[test]
fn row_13_store_dropped_with_a_create_in_flight() {
    let args = [&LOOP[..], &["0"]].concat();
    let (step, part) = match scratch_tests::is_native!() {
        true => ("openat", "O_TMPFILE"),
        false => ("openat2", "O_CREAT"),
    };
    store_dropped_during(step, part, programs::LOOP_BENCH, &args);
}

#[test]
fn row_13_store_dropped_with_a_create_by_path_in_flight() {
    store_dropped_during("openat2", "O_CREAT", programs::LOOP_BY_PATH, &["1000000000"]);
}

#[test]
fn row_14_store_dropped_with_a_rename_in_flight() {
    store_dropped_during("renameat", "loose.txt", programs::USES_TMP, &[]);
}

#[test]
fn row_15_async_runtime_shut_down_before_the_store() {
    alone(|| {
        // A task that dies with its runtime.
        let spawned = || {
            let ready = awaiting_forever();
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            let (alive, gone) = std::sync::mpsc::channel::<()>();
            runtime.spawn(async move {
                let _alive = alive;
                ready.run.await
            });
            runtime.block_on(async { tokio::time::sleep(Duration::from_millis(50)).await });
            runtime.shutdown_background();
            // Its store goes when it next waits.
            assert!(gone.recv().is_err(), "nothing is sent");
            let report = ready.space.end();
            drop(ready.base);
            ready.output.ran(Outcome::Exit { code: 0 }, report, &ready.host)
        };
        // A future that outlives its runtime.
        let outliving = || {
            let Ready {
                mut run,
                space,
                base,
                host,
                output,
            } = awaiting_forever();
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            runtime.block_on(async {
                let ended = tokio::time::timeout(Duration::from_millis(50), &mut run).await;
                assert!(ended.is_err(), "it runs for ever");
            });
            runtime.shutdown_background();
            drop(run);
            let report = space.end();
            drop(base);
            output.ran(Outcome::Exit { code: 0 }, report, &host)
        };
        // Once to its end: what is compiled has memory of its own from then on.
        let once = awaiting(programs::LOOP_BENCH, &["disk", "1", "65536"]);
        block_on(once.run).expect("it starts");
        spawned();
        outliving();
        let held = Held::without("tokio-rt-worker");
        for _ in 0..5 {
            spawned().assert_nothing_left().assert_violations(0);
            outliving().assert_nothing_left().assert_violations(0);
            held.assert_back();
        }
    });
}

/// The end of a space that is asked of a runtime that is gone goes on in the background.
#[test]
fn row_15_async_runtime_shut_down_before_the_end() {
    alone(|| {
        let Ready {
            run,
            space,
            base,
            host,
            output,
        } = awaiting(programs::NEVER_DROPPED, &["disk"]);
        let outcome = block_on(run).expect("it starts");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let dead = runtime.handle().clone();
        runtime.shutdown_background();
        let report = block_on(async {
            let _entered = dead.enter();
            space.end_async().await
        });
        assert!(report.deferred, "{report}");
        let swept = base.drain();
        assert_eq!((swept.entries, swept.residue_count), (1 + everything(), 0), "{swept:?}");
        drop(base);
        output.ran(outcome, report, &host).assert_nothing_left();
    });
}
