//! How a run ends, and the exit code of each end.

use std::io::Write as _;
use std::process::Stdio;

use rustix::process::Signal;
use scratch_tests::{modules, programs};

use crate::support::{Place, Running, ended};
use crate::{ADD, SEVEN};

/// For runs that another thing should end: if it does not, the test fails with 124 and does not hang.
const AT_THE_LATEST: &str = "timeout=120";

#[test]
fn a_module_keeps_its_exit_code() {
    for code in [0, 1, 7, 124, 125, 134, 255] {
        let place = Place::new();
        let ended = place.run(&[modules::P1_EXIT, &code.to_string()]);
        ended.assert_code(code);
        assert_eq!(ended.stdout, format!("exiting with {code}\n"));
        ended.assert_summary("3 made, 3 found at the end, 0 left");
        place.assert_nothing_left();
    }
}

#[test]
fn a_rust_component_for_wasip2_ends_with_0_or_1() {
    let place = Place::new();
    for (argument, code) in [("0", 0), ("7", 1)] {
        place.run(&[programs::P1_EXIT, argument]).assert_code(code);
    }
    place.run(&[programs::GUIDE_ERROR]).assert_code(1);
    place.assert_nothing_left();
}

#[test]
fn a_trap_ends_with_134() {
    let place = Place::new();
    for (program, message) in [
        (programs::TRAP_OPEN, "unreachable"),
        (programs::TRAP_IN_HOST_CALL, "empty poll list"),
    ] {
        let ended = place.run(&["--report", "text", program, "disk"]);
        ended
            .assert_code(134)
            .assert_says(&["   trap   ", message, "receipt      0 entries left"]);
        place.assert_nothing_left();
    }
}

#[test]
fn the_deadline_ends_with_124() {
    let place = Place::new();
    for program in [programs::SPIN, programs::SLEEP_FOREVER] {
        let ended = place.run(&["--report", "text", "-W", "timeout=300ms", program, "disk"]);
        ended
            .assert_code(124)
            .assert_says(&["   deadline   ", "its time was up after 0.3", "0 entries left"]);
        place.assert_nothing_left();
    }
}

#[test]
fn the_deadline_does_not_wait_for_standard_input() {
    let place = Place::new();
    let mut running = place.start(&["-W", "timeout=2", programs::SYMLINK_TRAP]);
    running.wait_until_ready();
    running.end().assert_code(124);
    place.assert_nothing_left();
}

#[test]
fn a_program_that_is_quicker_than_its_deadline_ends_as_ever() {
    let place = Place::new();
    place
        .run(&[
            "-W",
            "timeout=2m,fuel=1000000000000,max-memory-size=1000000000",
            programs::GUIDE,
        ])
        .assert_clean(3);
    place.assert_nothing_left();
}

#[test]
fn a_program_without_fuel_traps() {
    let place = Place::new();
    for (fuel, program) in [("50000000", programs::SPIN), ("1", programs::NO_SCRATCH)] {
        let ended = place.run(&["-W", &format!("fuel={fuel}"), "-W", AT_THE_LATEST, program, "disk"]);
        ended.assert_code(134).assert_says(&["all fuel consumed", " 0 left"]);
        place.assert_nothing_left();
    }
}

#[test]
fn memory_ends_where_it_is_told_to() {
    let place = Place::new();
    let ended = place.run(&[
        "--report",
        "text",
        "-W",
        "max-memory-size=64MiB",
        programs::EAT_MEMORY,
        "disk",
    ]);
    ended
        .assert_code(134)
        .assert_says(&["5        0       0     0          0        5"]);
    let refused = ended
        .stdout
        .strip_prefix("refused after ")
        .and_then(|rest| rest.strip_suffix(" MiB\n"));
    let refused: u32 = refused.expect("it says so").parse().expect("a number");
    assert!((40..64).contains(&refused), "{ended:#?}");
    place.assert_nothing_left();
}

#[test]
fn too_little_memory_to_start_is_an_end_like_any_other() {
    let place = Place::new();
    let ended = place.run(&["-W", "max-memory-size=65536", programs::GUIDE]);
    assert!(matches!(ended.code, Some(1 | 134)), "{ended:#?}");
    ended.assert_says(&["memory"]);
    place.assert_nothing_left();
}

#[test]
fn a_signal_ends_with_128_and_its_number_and_nothing_is_left() {
    for (signal, number) in [(Signal::TERM, 15), (Signal::INT, 2), (Signal::HUP, 1)] {
        for program in [programs::SPIN, programs::SLEEP_FOREVER] {
            let place = Place::new();
            let mut running = place.start(&["--report", "text", "-W", AT_THE_LATEST, program, "disk"]);
            running.wait_until_ready();
            assert!(place.left().len() > 10, "its files are on the disk now");
            running.signal(signal);
            let ended = running.end();
            ended.assert_code(128 + number).assert_says(&[
                &format!("   signal {number}   "),
                "files              5        0       0     0          0        5",
                "found        11 entries",
                "receipt      0 entries left",
            ]);
            place.assert_nothing_left();
        }
    }
}

#[test]
fn a_signal_does_not_wait_for_standard_input() {
    let place = Place::new();
    let mut running = place.start(&["-W", AT_THE_LATEST, programs::SYMLINK_TRAP]);
    running.wait_until_ready();
    running.signal(Signal::TERM);
    running.end().assert_code(143);
    place.assert_nothing_left();
}

#[test]
fn what_a_killed_host_left_is_in_nobodys_way() {
    let place = Place::new();
    let mut running = place.start(&["-W", AT_THE_LATEST, programs::SPIN, "disk"]);
    running.wait_until_ready();
    running.signal(Signal::KILL);
    assert_eq!(running.end().code, None);
    place.run(&[programs::GUIDE]).assert_clean(3);
    place.run(&[programs::USES_TMP]).assert_code(0);
}

#[test]
fn two_runs_at_once_share_a_base_and_do_not_meet() {
    let place = Place::new();
    let mut waiting = place.start(&["-W", AT_THE_LATEST, programs::SPIN, "disk"]);
    waiting.wait_until_ready();
    let before = place.left();
    // It asserts that nobody else's files are in its space.
    place.run(&[programs::USES_TMP]).assert_code(0);
    assert_eq!(place.left(), before);
    waiting.signal(Signal::TERM);
    waiting.end().assert_code(143);
    place.assert_nothing_left();
}

#[test]
fn run_is_what_is_done_without_a_command() {
    let place = Place::new();
    let short = place.run(&[programs::NEVER_DROPPED, "disk"]);
    let base = place.text("base");
    let long = ended(place.bare().args([
        "run",
        "--report",
        "line",
        "--base",
        &base,
        programs::NEVER_DROPPED,
        "disk",
    ]));
    short.assert_summary("11 made, 11 found at the end, 0 left");
    assert_eq!(
        (short.code, short.stdout, short.stderr),
        (long.code, long.stdout, long.stderr)
    );
    place.assert_nothing_left();
}

#[test]
fn a_program_is_read_from_standard_input() {
    let place = Place::new();
    for (bytes, code) in [
        (std::fs::read(programs::NO_SCRATCH).expect("it was built"), 0),
        (SEVEN.into(), 7),
    ] {
        let mut child = place
            .scratch()
            .arg("-")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        child.stdin.take().expect("a pipe").write_all(&bytes).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(code));
        assert_eq!(output.stdout, if code == 0 { &b"Hello, world!\n"[..] } else { b"" });
    }
    // Nothing at all is no program.
    place.run(&["-"]).assert_refused(1, &["`-`", "empty"]);
    place.assert_nothing_left();
}

#[test]
fn text_is_a_program_too() {
    let place = Place::new();
    place.file("seven.wat", SEVEN);
    place.run(&["seven.wat"]).assert_code(7);
    place.file("named-otherwise", SEVEN);
    place.run(&["named-otherwise"]).assert_code(7);
    place.assert_nothing_left();
}

#[test]
fn a_function_is_invoked_and_its_result_printed() {
    let place = Place::new();
    place.file("add.wat", ADD);
    let ended = place.run(&["--invoke", "add(1, 2)", "add.wat"]);
    ended.assert_clean(0);
    assert_eq!(ended.stdout, "3\n");
    for (call, reason) in [
        ("sub(1, 2)", "no function of this name"),
        ("add(1)", "missing"),
        ("add(1, 2, 3)", "param"),
        ("add(1, \"two\")", "type"),
        ("add(1, -2)", "at"),
        ("add(1, 4294967296)", "at"),
        ("add", "at"),
        ("", "at"),
    ] {
        let ended = place.run(&["--invoke", call, "add.wat"]);
        ended.assert_refused(1, &[&format!("`{call}`"), reason]);
    }
    place.assert_nothing_left();
}

#[test]
fn a_command_can_be_invoked_by_the_name_of_its_function() {
    let place = Place::new();
    let ended = place.run(&["--invoke", "run()", programs::NEVER_DROPPED, "disk"]);
    ended.assert_code(0);
    assert_eq!(ended.stdout, "forgot everything\nok\n");
    place.assert_nothing_left();
}

#[test]
fn a_reader_who_goes_away_does_not_crash_the_host() {
    let closed = || std::io::pipe().map(|(_, writer)| writer).expect("a pipe");
    // The summary has no reader: the program's exit code stands.
    let place = Place::new();
    let code = |args: &[&str], stdout: Stdio| {
        let mut command = place.scratch();
        command.args(args).stdout(stdout).stderr(closed());
        command.status().expect("it starts").code()
    };
    assert_eq!(code(&[modules::P1_EXIT, "7"], Stdio::null()), Some(7), "an exit");
    assert_eq!(code(&[programs::TRAP_OPEN, "disk"], Stdio::null()), Some(134), "a trap");
    place.assert_nothing_left();

    // The program's output has none: what it makes of that is its own affair.
    for args in [&[programs::GUIDE][..], &["--invoke", "add(1, 2)", "add.wat"]] {
        place.file("add.wat", ADD);
        let ended = ended(place.scratch().args(args).stdout(closed()));
        place.assert_nothing_left();
        assert_ne!(ended.code, Some(101), "{ended:#?}");
        assert!(!ended.stderr.contains("/host/src/"), "{ended:#?}");
    }
}

#[test]
fn a_program_that_reads_gets_what_is_written() {
    let place = Place::new();
    let mut running = Running::start(place.scratch().arg(programs::SYMLINK_TRAP));
    running.wait_until_ready();
    running.say("\n");
    // Nothing was planted: the program notices, which it could not without the line.
    running.end().assert_code(1).assert_says(&["NotFound"]);
    place.assert_nothing_left();
}

/// The open of a FIFO that nobody writes to: the kernel holds the thread.
#[test]
fn a_call_of_the_host_that_blocks_is_ended_too() {
    let place = Place::new();
    let out = place.dir("out", 0o700);
    let mode = rustix::fs::Mode::RWXU;
    rustix::fs::mknodat(
        rustix::fs::CWD,
        place.path("out/fifo"),
        rustix::fs::FileType::Fifo,
        mode,
        0,
    )
    .expect("a FIFO");
    let grant = format!("{out}::/out");
    let arguments = ["--dir", &grant, programs::OPEN_PATH, "/out/fifo"];

    let ended = place.run(&[&["-W", "timeout=1"], &arguments[..]].concat());
    ended.assert_code(124);
    place.assert_nothing_left();

    let mut running = place.start(&arguments);
    running.wait_until_ready();
    running.signal(Signal::TERM);
    running.end().assert_code(128 + 15);
    place.assert_nothing_left();
}
