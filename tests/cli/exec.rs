//! `scratch exec`.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::{Place, Running};

fn exec(place: &Place, script: &str) -> crate::support::Ended {
    place.sub(&["exec", "--", "/bin/sh", "-c", script])
}

#[test]
fn a_command_gets_a_directory_that_goes_with_it() {
    let place = Place::new();
    let ended = exec(
        &place,
        "echo > {}/by-argument; echo > $TMPDIR/by-variable; ls {}; echo {}{}; exit 7",
    );
    ended.assert_code(7);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(lines[..2], ["by-argument", "by-variable"]);
    let (one, two) = lines[2].split_at(lines[2].len() / 2);
    assert_eq!(one, two);
    assert!(Path::new(one).is_absolute() && one.contains("/spaces/"), "{ended:?}");
    assert_eq!(ended.stderr, "");
    place.assert_nothing_left();
}

#[test]
fn a_command_that_is_not_there_ends_with_127_and_one_that_cannot_start_with_126() {
    let place = Place::new();
    let script = place.file("script", "no program");
    for (command, code) in [("/nowhere/command", 127), (script.as_str(), 126)] {
        place.sub(&["exec", "--", command]).assert_refused(code, &[command]);
        place.assert_nothing_left();
    }
    place.sub(&["exec"]).assert_usage(&["CMD"]);
}

#[test]
fn a_signal_is_handed_on_and_the_directory_goes() {
    let place = Place::new();
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let mut running = start(
            &place,
            "trap 'exit 3' INT TERM HUP; touch {}/file; echo ready; while :; do sleep 0.05; done",
        );
        running.wait_until_ready();
        running.signal(signal);
        running.end().assert_code(128 + signal.as_raw());
        place.assert_nothing_left();
    }
}

#[test]
fn a_second_signal_kills_a_command_that_does_not_listen() {
    let place = Place::new();
    let mut running = start(
        &place,
        "trap '' TERM; touch {}/file; echo ready; while :; do sleep 0.05; done",
    );
    running.wait_until_ready();
    let started = Instant::now();
    running.signal(Signal::TERM);
    std::thread::sleep(Duration::from_millis(200));
    running.signal(Signal::TERM);
    running.end().assert_code(128 + 15);
    assert!(started.elapsed() < Duration::from_secs(4), "it waited for it");
    place.assert_nothing_left();
}

#[test]
fn a_command_that_outlives_scratch_keeps_its_directory_until_it_ends() {
    let place = Place::new();
    let gate = place.text("gate");
    let mut running = start(
        &place,
        &format!("touch {{}}/file; echo ready $$; while [ ! -e {gate} ]; do sleep 0.05; done; ls {{}} > {gate}.seen"),
    );
    let line = running.line();
    let pid = line.trim().strip_prefix("ready ").expect("its number").to_owned();
    running.signal(Signal::KILL);
    drop(running);
    let before = place.left();
    assert!(before.iter().any(|path| path.ends_with("file")), "{before:?}");
    place.sub(&["sweep"]).assert_code(0);
    assert_eq!(place.left(), before, "it was swept alive");
    fs::write(&gate, "").expect("ours");
    while Path::new("/proc").join(&pid).exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(
        fs::read_to_string(format!("{gate}.seen")).expect("it wrote it"),
        "file\n"
    );
    place.sub(&["sweep"]).assert_code(0);
    place.assert_nothing_left();
}

#[test]
fn the_label_is_in_the_list() {
    let place = Place::new();
    let mut running = Running::start(place.bare().env("SCRATCH_BASE", place.base()).args([
        "exec",
        "--label",
        "a job",
        "--",
        "/bin/sh",
        "-c",
        "echo ready; read line",
    ]));
    running.wait_until_ready();
    let list = place.sub(&["list"]);
    assert!(list.stdout.contains("live   a job"), "{list:#?}");
    running.say("\n");
    running.end().assert_code(0);
    place.assert_nothing_left();
}

fn start(place: &Place, script: &str) -> Running {
    Running::start(
        place
            .bare()
            .env("SCRATCH_BASE", place.base())
            .args(["exec", "--", "/bin/sh", "-c", script]),
    )
}

#[test]
fn the_command_hears_the_signal_and_is_not_only_killed() {
    let place = Place::new();
    let heard = place.text("heard");
    let mut running = start(
        &place,
        &format!("trap 'touch {heard}; exit 3' TERM; echo ready; while :; do sleep 0.05; done"),
    );
    running.wait_until_ready();
    running.signal(Signal::TERM);
    running.end().assert_code(128 + 15);
    assert!(Path::new(&heard).exists());
    place.assert_nothing_left();
}

#[test]
fn a_command_that_a_signal_kills_ends_with_128_and_its_number() {
    let place = Place::new();
    exec(&place, "kill -KILL $$").assert_code(128 + 9);
    place.assert_nothing_left();
}

#[test]
fn the_directory_is_absolute_under_a_relative_base_too() {
    let place = Place::new();
    let script = "cd / && echo > $TMPDIR/file && ls {}";
    let ended = place.sub(&["exec", "--base", "base", "--", "/bin/sh", "-c", script]);
    ended.assert_code(0);
    assert_eq!(ended.stdout, "file\n");
    place.assert_nothing_left();
}
