//! Rows 1 to 10, 19 and 20: the ways in which a program ends.

use std::fs;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode};
use rustix::process::Signal;
use scratch_tests::{modules, programs, providers};
use tempfile::TempDir;
use wasmtime::StoreLimitsBuilder;
use wasmtime_scratch::{END_WAIT, GUEST_PROVIDER, Outcome, compose};

use super::alone::{Held, alone};
use super::cli::Place;
use super::support::{Ran, Ready, Run, STORAGES, everything, read};

/// Runs it in both storages: it ends as it should, and 0 is left, of files on the disk and of what the process holds.
fn zero(run: impl Fn(&str) -> Run, assert_end: impl Fn(&Ran)) {
    // What is started once for all runs is started now.
    for storage in STORAGES {
        run(storage).run();
    }
    let held = Held::now();
    for storage in STORAGES {
        let ran = run(storage).run();
        assert_end(&ran);
        ran.assert_nothing_left();
        held.assert_back();
    }
}

fn with_storage(program: &str) -> impl Fn(&str) -> Run {
    move |storage| Run::new(program).arg(storage)
}

/// Everything that `Everything::open` makes was there until the end.
#[track_caller]
fn assert_ended_by_host(ran: &Ran) {
    assert_eq!(
        (ran.report.files.by_host, ran.report.directories.by_host),
        (5, 2),
        "{ran:#?}"
    );
    assert!(ran.report.receipt.entries_found >= 7, "{ran:#?}");
}

#[test]
fn row_01_normal_drop() {
    alone(|| {
        zero(with_storage(programs::DROPS), |ran| {
            ran.assert_success().assert_violations(0);
            assert_eq!(ran.report.receipt.entries_found, 0, "{ran:#?}");
        });
    });
}

#[test]
fn row_02_the_guest_never_drops_and_returns() {
    alone(|| {
        zero(with_storage(programs::NEVER_DROPPED), |ran| {
            assert_ended_by_host(ran.assert_success());
        });
    });
}

#[test]
fn row_03_trap_in_guest_code() {
    alone(|| {
        zero(with_storage(programs::TRAP_OPEN), |ran| {
            assert_ended_by_host(ran.assert_trap("unreachable"));
        });
    });
}

#[test]
fn row_04_trap_inside_a_host_call() {
    alone(|| {
        zero(with_storage(programs::TRAP_IN_HOST_CALL), |ran| {
            assert_ended_by_host(ran.assert_trap("empty poll list"));
        });
    });
}

#[test]
fn row_05_trap_in_the_provider_or_the_program_of_a_linked_pair() {
    alone(|| {
        let run = |storage: &str| with_storage(programs::DROPS)(storage).provider(providers::TRAPS_IN_DROP);
        zero(run, |ran| {
            ran.assert_trap("the provider trapped in a drop");
        });
        let run = |storage: &str| with_storage(programs::TRAP_OPEN)(storage).provider(providers::DROP_DOES_NOTHING);
        zero(run, |ran| assert_ended_by_host(ran.assert_trap("unreachable")));
    });
}

#[test]
fn row_05_trap_in_the_provider_or_the_program_of_a_composition() {
    alone(|| {
        let somewhere = TempDir::new().expect("a directory");
        let composed = |name: &str, program: &str, provider: &[u8]| {
            let bytes = compose("program", &read(program.as_ref()), "provider", provider).expect("they fit");
            let path = somewhere.path().join(name);
            fs::write(&path, bytes).expect("ours");
            path.to_str().expect("it is text").to_owned()
        };
        let program = composed("program.wasm", programs::TRAP_OPEN, GUEST_PROVIDER);
        let provider = read(providers::TRAPS_IN_DROP.as_ref());
        let provider = composed("provider.wasm", programs::DROPS, &provider);
        for path in [program, provider] {
            zero(with_storage(&path), |ran| {
                ran.assert_trap("unreachable");
                assert!(ran.report.receipt.entries_found > 0, "{ran:#?}");
            });
        }
    });
}

#[test]
fn row_06_deadline_in_a_loop() {
    alone(|| {
        for blocking in [true, false] {
            let run = |storage: &str| {
                let run = with_storage(programs::SPIN)(storage).timeout(Duration::from_millis(300));
                run.with(|command| {
                    command.allow_blocking_current_thread(blocking);
                })
            };
            zero(run, |ran| {
                assert!(matches!(ran.outcome, Outcome::Deadline { .. }), "{ran:#?}");
                assert_ended_by_host(ran);
            });
        }
    });
}

/// The kernel holds the open of a FIFO until somebody opens its other end.
#[test]
fn row_07_deadline_while_a_host_operation_blocks() {
    alone(|| {
        let run = || {
            let run = Run::new(programs::OPEN_PATH)
                .arg("/out/fifo")
                .granting_out()
                .timeout(Duration::from_millis(300))
                .with(|command| {
                    command.allow_blocking_current_thread(false);
                });
            let fifo = run.host.granted().join("fifo");
            rustix::fs::mknodat(CWD, &fifo, FileType::Fifo, Mode::RWXU, 0).expect("a FIFO");
            let Ready {
                run,
                space,
                base,
                host,
                output,
            } = run.ready();
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            let started = Instant::now();
            let (outcome, report) = runtime.block_on(async { (run.await, space.end_async().await) });
            assert!(started.elapsed() < END_WAIT, "it waited for what it cannot end");
            drop(base);
            let ran = output.ran(outcome.expect("it starts"), report, &host);
            // Now the kernel lets go.
            drop(fs::OpenOptions::new().write(true).open(fifo));
            ran
        };
        run();
        let held = Held::now();
        let ran = run();
        assert!(matches!(ran.outcome, Outcome::Deadline { .. }), "{ran:#?}");
        assert!(ran.stdout.contains("ready"), "{ran:#?}");
        ran.assert_nothing_left();
        held.assert_back();
    });
}

#[test]
fn row_08_fuel_out() {
    alone(|| {
        let run = |storage: &str| with_storage(programs::SPIN)(storage).fuel(50_000_000);
        zero(run, |ran| assert_ended_by_host(ran.assert_trap("all fuel consumed")));
    });
}

#[test]
fn row_09_memory_growth_refused() {
    alone(|| {
        let run = |storage: &str| {
            with_storage(programs::EAT_MEMORY)(storage).with(|command| {
                command.store_limits(StoreLimitsBuilder::new().memory_size(64 << 20).build());
            })
        };
        zero(run, |ran| {
            assert!(ran.stdout.contains("refused after"), "{ran:#?}");
            assert_ended_by_host(ran.assert_trap("unreachable"));
        });
    });
}

#[test]
fn row_10_guest_stack_overflow() {
    alone(|| {
        zero(with_storage(programs::OVERFLOW_STACK), |ran| {
            assert_ended_by_host(ran.assert_trap("call stack exhausted"));
        });
    });
}

#[test]
fn row_19_exit_in_the_guest() {
    alone(|| {
        zero(with_storage(programs::EXIT_CODE), |ran| {
            assert_eq!(ran.outcome, Outcome::Exit { code: 1 });
            assert_ended_by_host(ran);
        });
        zero(
            |_| Run::new(modules::P1_EXIT).arg("7"),
            |ran| {
                assert_eq!(ran.outcome, Outcome::Exit { code: 7 });
                assert_eq!(ran.report.receipt.entries_found, 3, "{ran:#?}");
            },
        );
    });
}

#[test]
fn row_20_sigint_and_sigterm_to_the_command() {
    for (signal, number) in [(Signal::INT, 2), (Signal::TERM, 15)] {
        for program in [programs::SPIN, programs::SLEEP_FOREVER] {
            let place = Place::new();
            let mut running = place.start(&["--report", "text", "-W", "timeout=120", program, "disk"]);
            running.wait_until_ready();
            assert!(place.left().len() > 10, "its files are on the disk now");
            running.signal(signal);
            running.end().assert_code(128 + number).assert_says(&[
                &format!("found        {} entries", everything()),
                "receipt      0 entries left",
            ]);
            place.assert_nothing_left();
        }
        let place = Place::new();
        let script = format!("{} echo ready; exec sleep 120", super::MAKE_TREE);
        let mut command = place.bare();
        command.args(["exec", "--base", &place.text("base"), "--", "/bin/sh", "-c", &script]);
        let mut running = super::cli::Running::start(&mut command);
        running.wait_until_ready();
        running.signal(signal);
        running.end().assert_code(128 + number);
        place.assert_nothing_left();
    }
}
