//! What a person sees: nothing when all is well, what was refused, and no name that a terminal would obey.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::process::{Command, Stdio};

use scratch_tests::programs;
use serde_json::Value;

use crate::SEVEN;
use crate::support::{Ended, Place, ended, provided};

/// Runs `scratch --base BASE ARGS` as it is, without a word about reports.
fn plain(place: &Place, args: &[&str]) -> Ended {
    ended(place.bare().arg("--base").arg(place.base()).args(args))
}

#[test]
fn a_good_run_prints_nothing() {
    let place = Place::new();
    for (args, code) in [
        (&[programs::GUIDE][..], 0),
        (&[programs::NO_SCRATCH], 0),
        (&[programs::P1_EXIT, "7"], 1),
    ] {
        let ended = plain(&place, args);
        ended.assert_code(code);
        assert_eq!(ended.stderr, "", "{args:?}");
    }
    place.assert_nothing_left();
}

/// Runs `scratch` on a terminal that Python makes, and returns what the terminal shows.
fn on_a_terminal(place: &Place, args: &[&str]) -> Option<String> {
    const SPAWN: &str = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    if !Command::new("python3")
        .args(["-c", "import pty"])
        .output()
        .is_ok_and(|output| output.status.success())
    {
        eprintln!("skipped: there is no python3 that could make a terminal");
        return None;
    }
    let mut command = Command::new("python3");
    command.args(["-c", SPAWN]).arg(env!("CARGO_BIN_EXE_scratch"));
    command.arg("--base").arg(place.base()).args(args);
    command
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::null());
    provided(&mut command);
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).expect("text"))
}

#[test]
fn on_a_terminal_a_program_that_used_its_space_gets_one_line() {
    let place = Place::new();
    let Some(shown) = on_a_terminal(&place, &[programs::GUIDE]) else {
        return;
    };
    let ours: Vec<&str> = shown.lines().filter(|line| line.starts_with("scratch: ")).collect();
    assert_eq!(ours.len(), 1, "{shown}");
    assert!(ours[0].starts_with("scratch: 3 made, 0 left, peak "), "{shown}");
    for args in [&[programs::NO_SCRATCH][..], &["--report", "none", programs::GUIDE]] {
        let shown = on_a_terminal(&place, args).expect("as before");
        assert!(!shown.contains("scratch: "), "{shown}");
    }
    place.assert_nothing_left();
}

#[test]
fn what_is_made_by_path_is_counted() {
    let place = Place::new();
    let to = format!("json={}", place.text("report.json"));
    let ended = place.run(&["--report", &to, programs::SHOW_WORLD]);
    ended
        .assert_code(0)
        .assert_summary("3 made, 1 found at the end, 0 left");
    let report: Value = serde_json::from_slice(&fs::read(place.path("report.json")).expect("a report")).expect("JSON");
    assert_eq!(
        (&report["by_path"], &report["files"]["created"]),
        (&Value::from(1), &Value::from(2))
    );
    let whole = place.run(&["--report", "text", programs::SHOW_WORLD]);
    whole.assert_says(&["\nby path            1\n"]);
}

#[test]
fn what_was_refused_is_said_with_the_flag_that_raises_the_limit() {
    let place = Place::new();
    for (limits, what, flag) in [
        (
            &["--max-bytes=64KiB", "--max-file-size=none"][..],
            "bytes (limit 64 KiB)",
            "--max-bytes",
        ),
        (&["--max-entries=2"], "entries (limit 2)", "--max-entries"),
        (&["--max-file-size=1KiB"], "bytes in one file", "--max-file-size"),
        (
            &["--base-max-bytes=64KiB", "--max-file-size=none"],
            "bytes (limit 64 KiB)",
            "--base-max-bytes",
        ),
    ] {
        for detail in ["--report=none", "--report=line"] {
            let ended = plain(&place, &[limits, &[detail, programs::FILLS_SPACE]].concat());
            let said = format!("{what}; {flag} raises the limit");
            let lines: Vec<&str> = ended
                .stderr
                .lines()
                .filter(|line| line.contains(" raises the limit"))
                .collect();
            assert!(
                lines
                    .iter()
                    .any(|line| line.starts_with("scratch: refused ") && line.ends_with(&said)),
                "{ended:#?}"
            );
        }
    }
    place.assert_nothing_left();
}

#[test]
fn a_report_is_written_beside_its_path_and_renamed() {
    let place = Place::new();
    let path = place.file("report.json", "the last one");
    let before = fs::metadata(&path).expect("a file").ino();
    let reader = File::open(&path).expect("a file");
    plain(&place, &["--report", &format!("json={path}"), programs::GUIDE]).assert_code(0);
    let after = fs::metadata(&path).expect("a file");
    assert_ne!(after.ino(), before, "written into, where a reader may be");
    assert_eq!(std::io::read_to_string(reader).expect("text"), "the last one");
    // A new file's permissions, as any program would give it, and nothing beside it.
    fs::write(place.path("probe"), "").expect("a file");
    assert_eq!(after.mode(), fs::metadata(place.path("probe")).expect("a file").mode());
    let mut names: Vec<String> = fs::read_dir(place.path(""))
        .expect("ours")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
        .collect();
    names.sort();
    assert_eq!(names, ["base", "probe", "report.json"]);
}

#[test]
fn what_is_no_regular_file_is_appended_to() {
    let place = Place::new();
    let is_report = |text: &str| serde_json::from_str::<Value>(text).is_ok_and(|report| report["schema"] == 1);
    // A log, which standard error is sent to.
    let log = place.file("log", "what was there\n");
    for to in ["json=/dev/stderr", "json=/proc/self/fd/2", "json=/dev/fd/2"] {
        let stderr = fs::OpenOptions::new().append(true).open(&log).expect("ours");
        let mut command = place.bare();
        command
            .arg("--base")
            .arg(place.base())
            .args(["--report", to, programs::GUIDE])
            .stderr(stderr);
        assert!(command.status().expect("it starts").success());
    }
    let text = fs::read_to_string(&log).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), lines[0]), (4, "what was there"), "{text}");
    assert!(lines[1..].iter().all(|line| is_report(line)), "{text}");

    symlink("log", place.path("link")).expect("a link");
    plain(&place, &["--report", "json=link", programs::GUIDE]).assert_code(0);
    assert_eq!(fs::read_to_string(&log).expect("text").lines().count(), 5);
    assert!(
        fs::symlink_metadata(place.path("link"))
            .expect("it is there")
            .is_symlink()
    );

    // A FIFO that nobody reads.
    rustix::fs::mkfifoat(rustix::fs::CWD, place.path("fifo"), rustix::fs::Mode::RWXU).expect("a FIFO");
    let ended = plain(&place, &["--report", "json=fifo", programs::GUIDE]);
    ended.assert_code(125).assert_says(&["failed to write to `fifo`"]);
    place.assert_nothing_left();
}

#[test]
fn a_report_that_cannot_be_written_is_refused_before_anything_runs() {
    let place = Place::new();
    place.dir("a-directory", 0o755);
    for (to, named) in [
        ("json=nowhere/report.json", "`nowhere/report.json`"),
        ("json=a-directory", "`a-directory`"),
    ] {
        plain(&place, &["--report", to, programs::GUIDE]).assert_refused(2, &[named]);
    }
    assert!(!place.base().exists(), "nobody opened it");
}

#[test]
fn a_mistyped_command_is_told_so_and_not_read_as_a_program() {
    let place = Place::new();
    for (typed, meant) in [
        ("rnu", "run"),
        ("chekc", "check"),
        ("compse", "compose"),
        ("hlep", "help"),
    ] {
        let ended = ended(place.bare().args([typed, "x.wasm"]));
        ended.assert_refused(2, &[&format!("`{typed}`"), &format!("did you mean `{meant}`?")]);
    }
    ended(place.bare().arg("zzz")).assert_refused(1, &["`zzz`", "No such file"]);
    ended(place.bare().arg("./rnu")).assert_refused(1, &["`./rnu`", "No such file"]);
    // Whatever its name: a file is a program.
    place.file("rnu", SEVEN);
    plain(&place, &["rnu"]).assert_code(7);
}

#[test]
fn the_version_names_that_of_wasmtime() {
    let place = Place::new();
    let lock = include_str!("../../Cargo.lock");
    let (_, rest) = lock
        .split_once("name = \"wasmtime\"\nversion = \"")
        .expect("it is locked");
    let (version, _) = rest.split_once('"').expect("it has a version");
    let said = ended(place.bare().arg("--version"));
    assert_eq!(
        said.stdout,
        format!("scratch {} (wasmtime {version})\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn there_are_completions_and_a_manual() {
    let place = Place::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let said = ended(place.bare().args(["completion", shell]));
        said.assert_code(0);
        assert!(said.stdout.contains("allow-precompiled"), "{shell}");
    }
    ended(place.bare().args(["man", "pages/man1"])).assert_code(0);
    for (page, text) in [
        ("scratch.1", "scratch"),
        ("scratch-run.1", "keep\\-on\\-failure"),
        ("scratch-compile.1", "OUT.cwasm"),
    ] {
        let roff = fs::read_to_string(place.path("pages/man1").join(page)).expect("it was written");
        assert!(roff.contains(".TH ") && roff.contains(text), "{page}");
    }
}

#[test]
fn a_reader_who_has_gone_away_is_no_error() {
    let place = Place::new();
    plain(&place, &[programs::NO_SCRATCH]).assert_code(0);
    let base = place.text("base");
    for args in [
        &["list", "--base", &base][..],
        &["sweep", "--base", &base],
        &["wit"],
        &["provider"],
        &["completion", "bash"],
        &["man"],
        &["run", "-W", "help"],
        &["run", "--help"],
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = place.bare();
        let output = command
            .args(args)
            .stdout(writer)
            .stderr(Stdio::piped())
            .output()
            .expect("it starts");
        assert_eq!(
            (output.status.code(), output.stderr.as_slice()),
            (Some(0), &b""[..]),
            "{args:?}"
        );
    }
}

#[test]
fn names_of_a_program_never_reach_a_terminal_as_they_are() {
    let place = Place::new();
    let evil = "\u{1b}[31mred\u{9b}2J\u{202e}gnp\u{7}";
    let wat = |text: &str| text.replace("EVIL", &evil.chars().map(escaped).collect::<String>());
    fn escaped(char: char) -> String {
        char.to_string().bytes().map(|byte| format!("\\{byte:02x}")).collect()
    }
    for (name, module) in [
        (
            "frame.wat",
            r#"(module $"EVIL" (memory (export "memory") 1) (func $"EVIL" (export "_start") unreachable))"#,
        ),
        (
            "import.wat",
            r#"(module (import "EVIL" "EVIL" (func)) (memory (export "memory") 1) (func (export "_start")))"#,
        ),
        (
            "export.wat",
            r#"(component (import "wasi:cli/exit@0.2.0" (instance (export "EVIL" (func)))))"#,
        ),
    ] {
        place.file(name, wat(module));
        for detail in ["none", "text"] {
            let ended = plain(&place, &["--report", detail, name]);
            assert_ne!(ended.code, Some(0));
            let is_obeyed = |char: char| char != '\n' && (char.is_control() || char == '\u{202e}');
            assert!(!ended.stderr.contains(is_obeyed), "{ended:#?}");
            assert!(
                ended
                    .stderr
                    .lines()
                    .all(|line| line.starts_with("scratch: ") || detail == "text"),
                "{ended:#?}"
            );
        }
    }
    // The file's own name, and whatever else is said of it.
    let named = format!("{evil}.wat");
    let mut file = File::create(place.path(&named)).expect("a file");
    file.write_all(b"(module").expect("ours");
    let ended = plain(&place, &[&named]);
    assert!(!ended.stderr.contains('\u{1b}'), "{ended:#?}");
}
