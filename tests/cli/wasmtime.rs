//! `wasmtime run` of the same version, where it is installed: it has the options that this command has, and what this command
//! lacks is in the README.

use std::env;
use std::process::{Command, Stdio};

use crate::support::Place;

/// The command of the same version as the library here: `$SCRATCH_WASMTIME`, or the one in the path.
fn wasmtime() -> Option<String> {
    let path = env::var("SCRATCH_WASMTIME").unwrap_or_else(|_| "wasmtime".to_owned());
    let lock = include_str!("../../Cargo.lock");
    let (_, rest) = lock
        .split_once("name = \"wasmtime\"\nversion = \"")
        .expect("it is locked");
    let version = format!("wasmtime {}", rest.split('"').next().expect("it has a version"));
    let said = Command::new(&path).arg("--version").output();
    if said.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).starts_with(&version)) {
        return Some(path);
    }
    eprintln!("skipped: there is no {version} in the path or in $SCRATCH_WASMTIME");
    None
}

/// What the option list of a flag says.
fn listed(mut command: Command, flag: &str) -> String {
    let output = command.args([flag, "help"]).output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_options_are_listed_as_there() {
    let Some(wasmtime) = wasmtime() else { return };
    let place = Place::new();
    for flag in ["-O", "-C", "-D", "-W", "-S"] {
        let mut theirs = Command::new(&wasmtime);
        theirs.arg("run");
        let mut ours = place.bare();
        ours.arg("run");
        for command in [&mut theirs, &mut ours] {
            command.stdin(Stdio::null());
        }
        assert_eq!(listed(ours, flag), listed(theirs, flag), "{flag}");
    }
}

#[test]
fn an_option_that_wasmtime_takes_is_taken_or_its_absence_is_told() {
    let Some(wasmtime) = wasmtime() else { return };
    let place = Place::new();
    place.file(
        "nothing.wat",
        r#"(module (memory (export "memory") 1) (func (export "_start")))"#,
    );
    let readme = include_str!("../../README.md");
    let mut missing = Vec::new();
    for flag in ["-O", "-C", "-D", "-W", "-S"] {
        let mut command = Command::new(&wasmtime);
        command.arg("run");
        let list = listed(command, flag);
        let options = list
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix(flag)?.split_whitespace().next());
        // Those with a value of a kind of its own are parsed by the same code.
        let switches = options.filter_map(|option| {
            option
                .strip_suffix("[=y|n]")
                .or((!option.contains('=')).then_some(option))
        });
        for switch in switches {
            let run = |mut command: Command| {
                command.args([flag, switch, "nothing.wat"]).stdin(Stdio::null());
                command
                    .current_dir(place.path(""))
                    .output()
                    .expect("it starts")
                    .status
                    .success()
            };
            let mut theirs = Command::new(&wasmtime);
            theirs.arg("run");
            let is_told = readme.contains(&format!("`{flag} {switch}`"));
            if run(theirs) && !run(place.scratch()) && !is_told {
                missing.push(format!("{flag} {switch}"));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new(), "wasmtime takes these");
}
