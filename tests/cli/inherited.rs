//! What a process inherits from whoever starts it: ignored signals, and limits of the system.

use std::fs::File;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use scratch_tests::programs;

use super::blocked::end_of;
use crate::support::{Place, Running, ended};

/// A WASI p1 module that makes a file in its space and exits with the error number of that, 0 for none.
const MAKE_FILE: &str = r#"
    (module
        (import "wasi_snapshot_preview1" "path_open"
            (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (data (i32.const 16) "file")
        (func (export "_start")
            (call $exit (call $open
                (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 4)
                (i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 8)))))
"#;

/// `command` after a line of the shell.
fn after(line: &str, command: &Command) -> Command {
    let mut args = command.get_args();
    let mut program = command.get_program();
    if program == "env" {
        // Without what sets the signals back.
        program = args.nth(1).expect("the command that it runs");
    }
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", &format!("{line}; exec \"$@\""), "sh"])
        .arg(program)
        .args(args)
        .stdin(Stdio::null())
        .env_clear();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    if let Some(dir) = command.get_current_dir() {
        shell.current_dir(dir);
    }
    shell
}

/// As with `nohup`.
#[test]
fn a_signal_that_was_ignored_stays_ignored() {
    for (name, signal) in [("HUP", Signal::HUP), ("TERM", Signal::TERM), ("INT", Signal::INT)] {
        let place = Place::new();
        let mut command = place.scratch();
        command.arg(programs::SYMLINK_TRAP);
        let mut running = Running::start(&mut after(&format!("trap '' {name}"), &command));
        running.wait_until_ready();
        running.signal(signal);
        running.say("\n");
        // It goes on, and finds that nothing was planted.
        running.end().assert_code(1).assert_says(&["NotFound"]);
        place.assert_nothing_left();

        // It hears the others.
        let other = if signal == Signal::TERM {
            Signal::INT
        } else {
            Signal::TERM
        };
        let mut running = Running::start(&mut after(&format!("trap '' {name}"), &command));
        running.wait_until_ready();
        running.signal(signal);
        running.signal(other);
        running.end().assert_code(128 + other.as_raw());
        place.assert_nothing_left();
    }
}

#[test]
fn a_command_is_started_with_the_signals_ignored_that_were() {
    let place = Place::new();
    let mut command = place.bare();
    command.env("SCRATCH_BASE", place.base());
    command.args([
        "exec",
        "--",
        "/bin/sh",
        "-c",
        "kill -HUP $$; kill -HUP $PPID; echo goes on",
    ]);
    let ended = ended(&mut after("trap '' HUP", &command));
    ended.assert_code(0);
    assert_eq!(ended.stdout, "goes on\n");
    place.assert_nothing_left();
}

#[test]
fn a_file_that_may_not_grow_is_an_error_of_that_write() {
    for provider in ["native", "guest"] {
        for options in [&[][..], &["-Wtimeout=100s"]] {
            let place = Place::new();
            let mut command = place.scratch();
            command
                .args([&format!("--provider={provider}")])
                .args(options)
                .arg(programs::TOO_LARGE);
            let ended = ended(&mut after("ulimit -f 16", &command));
            ended.assert_code(0);
            // By path, the C library of Rust 1.95 does not ask a stream why it failed.
            let told = "by path: uncategorized error\n\
                        stretched: file too large\n\
                        by handle: file too large\n\
                        finished\n";
            assert_eq!(ended.stdout, told, "{ended:#?}");
            place.assert_nothing_left();
        }
    }
}

/// Root may start any number, so this is another user, of whom nothing else runs.
#[test]
fn without_a_thread_to_be_had_a_run_ends() {
    let user = 1_000_000 + std::process::id();
    let mut succeeded = 0;
    for threads in 1..=9 {
        for arguments in [&[][..], &["-Wtimeout=100s"]] {
            let place = Place::new();
            place.file("make-file.wat", MAKE_FILE);
            let Some(mut command) = place.bare_as(user) else {
                return;
            };
            command
                .arg("--base")
                .arg(place.base())
                .args(arguments)
                .arg("make-file.wat");
            let mut limited = after(
                &format!("ulimit -u {threads} 2>/dev/null || ulimit -p {threads}"),
                &command,
            );
            if rustix::process::geteuid().is_root() {
                use std::os::unix::process::CommandExt as _;
                limited.uid(user).gid(user);
            }
            let stderr = place.path("stderr");
            limited
                .stdout(Stdio::null())
                .stderr(File::create(&stderr).expect("ours"));
            let code = end_of(&mut limited.spawn().expect("it starts"));
            let stderr = std::fs::read_to_string(stderr).expect("text");
            let last = stderr.lines().last().unwrap_or_default();
            match code {
                Some(0) => succeeded += 1,
                Some(125) => assert!(
                    last.starts_with("scratch: ") && last.contains("temporarily unavailable"),
                    "{stderr}"
                ),
                code => panic!("{threads} threads: {code:?}, {stderr}"),
            }
            place.assert_nothing_left();
        }
    }
    if rustix::process::geteuid().is_root() {
        assert!(
            (1..18).contains(&succeeded),
            "{succeeded} of them had all threads that they need"
        );
    }
}
