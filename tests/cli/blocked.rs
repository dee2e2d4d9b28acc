//! Ends of a program that is blocked in a call of the kernel, by a signal and by its deadline.

use std::fs::File;
use std::io::{ErrorKind, PipeReader, PipeWriter, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode, OFlags};
use rustix::process::{Pid, Signal};
use scratch_tests::programs;
use serde_json::Value;

use crate::support::Place;

/// Longer than anything that a test waits for takes.
const LONG: Duration = Duration::from_secs(60);

/// What ends the program.
#[derive(Clone, Copy, Debug)]
enum Cause {
    Signal(Signal),
    Deadline,
}

const CAUSES: [Cause; 4] = [
    Cause::Signal(Signal::TERM),
    Cause::Signal(Signal::INT),
    Cause::Signal(Signal::HUP),
    Cause::Deadline,
];

#[test]
fn a_program_that_writes_to_a_full_standard_output_is_ended() {
    for cause in CAUSES {
        let (_reader, writer) = full_pipe();
        let ended = Blocked::new(cause).end(&["stdout"], |command| {
            command.stdout(writer);
        });
        // Standard error is somewhere else, and so is the report on it.
        assert!(ended.stderr.contains(" 0 left"), "{}", ended.stderr);
    }
}

#[test]
fn a_program_that_writes_to_a_full_standard_error_is_ended() {
    for cause in CAUSES {
        let (_reader, writer) = full_pipe();
        Blocked::new(cause).end(&["stderr"], |command| {
            command.stderr(writer);
        });
    }
}

/// As with `2>&1 | …`: the report has no reader, either.
#[test]
fn a_report_to_a_full_pipe_does_not_hold_up_the_end() {
    for program in ["stdout", "sleep"] {
        for cause in [Cause::Signal(Signal::TERM), Cause::Deadline] {
            let (_reader, writer) = full_pipe();
            Blocked::new(cause).end(&[program], |command| {
                command
                    .arg("--report=text")
                    .stdout(writer.try_clone().expect("a pipe"))
                    .stderr(writer);
            });
        }
    }
}

#[test]
fn a_program_that_opens_a_fifo_is_ended() {
    for cause in CAUSES {
        let blocked = Blocked::new(cause);
        let out = blocked.place.dir("out", 0o700);
        make_fifo(&blocked.place.path("out/fifo"));
        blocked.end(&["open", "/out/fifo"], |command| {
            command.arg(format!("--dir={out}::/out"));
        });
    }
}

#[test]
fn a_program_that_reads_standard_input_is_ended() {
    for cause in CAUSES {
        let (stdin, writer) = std::io::pipe().expect("a pipe");
        Blocked::new(cause).end(&["read"], |command| {
            command.stdin(stdin);
        });
        drop(writer);
    }
}

#[test]
fn a_program_that_sleeps_is_ended() {
    for cause in CAUSES {
        Blocked::new(cause).end(&["sleep"], |_| ());
    }
}

/// The program has ended by then, and the signal would otherwise have nothing to end.
#[test]
fn a_signal_ends_a_report_that_nobody_reads() {
    let (_reader, writer) = full_pipe();
    let place = Place::new();
    let mut child = place
        .scratch()
        .args(["--provider=native", programs::NO_SCRATCH])
        .stdout(Stdio::null())
        .stderr(writer)
        .spawn()
        .expect("it starts");
    wait_until("it is blocked in the report", || {
        place.base().join("layout").exists() && place.left().is_empty() && is_asleep(&child)
    });
    signal(&child, Signal::TERM);
    assert_eq!(end_of(&mut child), Some(128 + 15));
    place.assert_nothing_left();
}

/// A run that is to be ended.
struct Blocked {
    place: Place,
    cause: Cause,
}

/// A run that was ended.
struct Ended {
    stderr: String,
}

impl Blocked {
    fn new(cause: Cause) -> Blocked {
        Blocked {
            place: Place::new(),
            cause,
        }
    }

    /// Runs the program until it is blocked at the place that `arguments` name, and ends it. The exit code tells how, the report
    /// is in its file, and nothing is left.
    #[track_caller]
    fn end(self, arguments: &[&str], prepare: impl FnOnce(&mut Command)) -> Ended {
        let Blocked { place, cause } = self;
        let report = place.text("report.json");
        let mut command = place.scratch();
        command
            .args(["--provider=native", &format!("--report=json={report}")])
            .stdout(Stdio::null())
            .stderr(File::create(place.path("stderr")).expect("ours"));
        prepare(&mut command);
        if let Cause::Deadline = cause {
            command.arg("-Wtimeout=500ms");
        }
        let mut child = command
            .arg(programs::BLOCKS)
            .args(arguments)
            .spawn()
            .expect("it starts");
        // Our own ends of its pipes.
        drop(command);
        let (code, outcome) = match cause {
            Cause::Signal(number) => {
                wait_until("it is blocked", || {
                    place.left().iter().any(|path| path.ends_with("mark")) && is_asleep(&child)
                });
                signal(&child, number);
                let number = number.as_raw();
                (128 + number, serde_json::json!({"kind": "signal", "number": number}))
            }
            Cause::Deadline => (124, serde_json::json!({"kind": "deadline"})),
        };
        assert_eq!(end_of(&mut child), Some(code), "{arguments:?}, {cause:?}");
        place.assert_nothing_left();
        let report = std::fs::read_to_string(report).expect("the report was written");
        let report: Value = serde_json::from_str(&report).expect("JSON");
        for (name, value) in outcome.as_object().expect("it is one") {
            assert_eq!(&report["outcome"][name], value, "{report:#}");
        }
        assert_eq!(report["receipt"]["entries_left"], 0, "{report:#}");
        // Not even what the program still holds open.
        assert_eq!(report["residue_count"], 0, "{report:#}");
        assert!(report["receipt"]["entries_found"].as_u64() >= Some(2), "{report:#}");
        Ended {
            stderr: std::fs::read_to_string(place.path("stderr")).expect("text"),
        }
    }
}

/// A pipe that takes nothing more.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    rustix::fs::fcntl_setfl(&writer, OFlags::NONBLOCK).expect("it is ours");
    for size in [4096, 1] {
        let chunk = vec![0; size];
        let refused = loop {
            if let Err(error) = writer.write(&chunk) {
                break error;
            }
        };
        assert_eq!(refused.kind(), ErrorKind::WouldBlock);
    }
    rustix::fs::fcntl_setfl(&writer, OFlags::empty()).expect("it is ours");
    (reader, writer)
}

fn make_fifo(path: &Path) {
    rustix::fs::mknodat(CWD, path, FileType::Fifo, Mode::RWXU, 0).expect("a FIFO");
}

fn signal(child: &Child, signal: Signal) {
    rustix::process::kill_process(Pid::from_child(child), signal).expect("it still runs");
}

/// Whether no thread of the process runs. Where there is no `/proc` nobody knows, and it is taken for one that waits.
fn is_asleep(child: &Child) -> bool {
    let Ok(tasks) = std::fs::read_dir(format!("/proc/{}/task", child.id())) else {
        return true;
    };
    tasks.flatten().all(|task| {
        let stat = std::fs::read_to_string(task.path().join("stat")).unwrap_or_default();
        // Its state comes after its name, which is in brackets.
        stat.rsplit(')')
            .next()
            .is_some_and(|rest| rest.trim_start().starts_with('S'))
    })
}

/// Waits for the end of a process, and returns its exit code.
#[track_caller]
pub(crate) fn end_of(child: &mut Child) -> Option<i32> {
    let mut status = None;
    let started = Instant::now();
    while status.is_none() {
        if started.elapsed() > LONG {
            child.kill().expect("it is ours");
            child.wait().expect("it is ours");
            panic!("it does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
        status = child.try_wait().expect("it is ours");
    }
    status.and_then(|status| status.code())
}

/// Waits until something is so that another process brings about.
#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < LONG, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
