//! Tools that make the system fail: what is missing is skipped, visibly, or a failure where nothing may be skipped.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::cli::{Ended, Place, ended, provided};

/// Set where a skipped test is a failure.
const REQUIRED: &str = "SCRATCH_FAULTS_REQUIRED";

/// Says that a test cannot be run here, and why.
#[track_caller]
pub(crate) fn skip(why: &str) {
    assert!(std::env::var_os(REQUIRED).is_none(), "{REQUIRED} is set, but {why}");
    eprintln!("skipped: {why}");
}

/// Whether a tool is there. Says so if not.
#[track_caller]
fn has(tool: &str) -> bool {
    let has = Command::new(tool)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());
    if !has {
        skip(&format!("`{tool}` does not work here"));
    }
    has
}

#[track_caller]
pub(crate) fn has_strace() -> bool {
    has("strace")
}

#[track_caller]
pub(crate) fn has_prlimit() -> bool {
    has("prlimit")
}

/// Whether this user may mount a file system in a namespace of its own. Says so if not.
#[track_caller]
pub(crate) fn has_mounts(place: &Place) -> bool {
    let dir = place.dir("probe", 0o700);
    let has = in_own_mounts(place, r#"mount -t tmpfs tmpfs "$1""#, &[&dir]).output();
    let has = has.is_ok_and(|output| output.status.success());
    if !has {
        skip("this user may not mount a file system in a namespace");
    }
    has
}

/// A script of the shell with arguments, in which mounting is allowed, and seen by nobody else.
pub(crate) fn in_own_mounts(place: &Place, script: &str, args: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command
        .args(["--map-root-user", "--mount", "/bin/sh", "-c", script, "sh"])
        .args(args)
        .env("SCRATCH", env!("CARGO_BIN_EXE_scratch"))
        .env("SCRATCH_BASE", place.base());
    provided(&mut command);
    command
}

/// The command as an argument of another, with its environment and its folder.
pub(crate) fn under(wrapper: &[&str], command: &Command) -> Command {
    let mut wrapped = Command::new(wrapper[0]);
    wrapped
        .args(&wrapper[1..])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            wrapped.env(name, value);
        }
    }
    if let Some(dir) = command.get_current_dir() {
        wrapped.current_dir(dir);
    }
    wrapped
}

/// A command that ran under `strace`.
#[derive(Debug)]
pub(crate) struct Traced {
    pub(crate) ended: Ended,
    /// What it asked of the system, a call a line.
    pub(crate) log: String,
}

/// Runs a command under `strace` with `options`.
pub(crate) fn traced(place: &Place, command: &Command, options: &[&str]) -> Traced {
    let log = place.text("strace.log");
    let wrapper = [&["strace", "--output", &log][..], options].concat();
    let ended = ended(&mut under(&wrapper, command));
    let log = fs::read_to_string(Path::new(&log)).unwrap_or_default();
    Traced { ended, log }
}

impl Traced {
    /// Every call as one line, by the time of its end.
    pub(crate) fn calls(&self) -> Vec<String> {
        let mut unfinished = BTreeMap::new();
        let mut calls = Vec::new();
        for line in self.log.lines() {
            let thread = line.split(' ').next().unwrap_or_default();
            if let Some(start) = line.strip_suffix(" <unfinished ...>") {
                unfinished.insert(thread, start);
            } else if let Some((_, end)) = line.split_once(" resumed>") {
                let start = unfinished.remove(thread).unwrap_or_default();
                calls.push(format!("{start}{end}"));
            } else {
                calls.push(line.to_owned());
            }
        }
        calls
    }

    /// The first call that was made to fail.
    pub(crate) fn injected(&self) -> Option<String> {
        self.calls().into_iter().find(|call| call.contains("(INJECTED)"))
    }
}

/// With threads, and stopping at nothing but what is traced: too late to kill anybody.
pub(crate) const WITH_THREADS: [&str; 2] = ["--follow-forks", "--seccomp-bpf"];
