//! A full disk: a small file system of its own, in a mount namespace of its own.

use std::process::Command;

use scratch_tests::programs;

use crate::support::{Ended, Place, ended, provided};

/// Mounts a file system on `$1` with the options `$2`, and runs the rest with a base on it; then lists what is there.
const ON_A_SMALL_DISK: &str = r#"
    dir=$1
    mount -t tmpfs -o "$2" tmpfs "$dir" || exit 99
    shift 2
    "$@"
    code=$?
    find "$dir" -mindepth 1 | sed 's/^/left: /'
    exit $code
"#;

/// Runs `scratch` with its base on a small disk, which one program may fill. `None`, and a line that says so, where nobody
/// may mount one.
fn run(options: &str, args: &[&str]) -> Option<Ended> {
    run_within_base_limits(
        options,
        &[&["--base-max-bytes=none", "--base-max-entries=none"], args].concat(),
    )
}

/// The same with the limits of the base as they are by default.
fn run_within_base_limits(options: &str, args: &[&str]) -> Option<Ended> {
    let place = Place::new();
    let dir = place.dir("disk", 0o700);
    let unshared = |script: &[&str]| {
        let mut command = Command::new("unshare");
        command.args([
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            ON_A_SMALL_DISK,
            "sh",
            &dir,
            options,
        ]);
        command.args(script);
        provided(&mut command);
        command
    };
    if !unshared(&["true"]).output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this user may not mount a file system in a namespace");
        return None;
    }
    let base = format!("{dir}/base");
    let scratch = [env!("CARGO_BIN_EXE_scratch"), "--base", &base];
    let mut ended = ended(unshared(&scratch).args(args));
    // Whole paths would be another in every run.
    ended.stdout = ended.stdout.replace(&dir, "DISK");
    ended.stderr = ended.stderr.replace(&dir, "DISK");
    Some(ended)
}

const NOTHING_LEFT: &str = "left: DISK/base\nleft: DISK/base/layout\n";

#[test]
fn a_program_on_a_full_disk_gets_an_error_and_nothing_is_left() {
    for storage in ["disk", "default"] {
        let Some(ended) = run("size=64k", &["--report=line", programs::FILL_DISK, storage, "1000000"]) else {
            return;
        };
        ended.assert_code(0);
        // By path the error has no name: the C library of Rust 1.95 does not ask for it.
        let said = ended.stdout.strip_suffix(NOTHING_LEFT).expect("nothing is left");
        let whole = ["full", "I/O error"].map(|by_path| format!("by handle: full\nby path: {by_path}\n"));
        assert!(whole.iter().any(|whole| whole == said), "{storage}: {ended:#?}");
        ended.assert_summary("4 made, 1 found at the end, 0 left");
    }
}

/// By default a base takes no more than half of what is free: there is room for the others.
#[test]
fn a_program_finds_its_space_full_before_the_disk_is() {
    let Some(ended) = run_within_base_limits("size=1m", &["--report=text", programs::FILLS_SPACE]) else {
        return;
    };
    ended.assert_code(0);
    let told = "in the middle: I/O error (os error 29)\nopened anew: no storage space\n";
    assert!(ended.stdout.starts_with(told), "{ended:#?}");
    let bytes = ended
        .stderr
        .lines()
        .find(|line| line.starts_with("bytes "))
        .expect("a line");
    let peak: u64 = bytes
        .split_whitespace()
        .nth(1)
        .and_then(|kib| kib.parse().ok())
        .expect(bytes);
    assert!((400..=512).contains(&peak) && bytes.contains(" KiB"), "{bytes}");
}

#[test]
fn a_disk_with_room_is_not_full() {
    let Some(ended) = run("size=4m", &[programs::FILL_DISK, "disk", "1000000"]) else {
        return;
    };
    ended.assert_code(0);
    assert_eq!(
        ended.stdout,
        format!("by handle: not full\nby path: not full\n{NOTHING_LEFT}")
    );
}

#[test]
fn a_program_on_a_disk_without_room_for_another_name_gets_an_error_and_nothing_is_left() {
    // The disk's root, the base, its layout and its lease take 7; the space and what is in it would take 12.
    let Some(ended) = run("nr_inodes=12", &[programs::NEVER_DROPPED, "disk"]) else {
        return;
    };
    ended.assert_code(1).assert_says(&["insufficient-space"]);
    assert_eq!(ended.stdout, NOTHING_LEFT);
}

#[test]
fn a_base_on_a_full_disk_is_refused_and_nothing_is_left() {
    for (options, action) in [
        ("nr_inodes=1", "create"),
        ("nr_inodes=2", "layout"),
        ("nr_inodes=4", "host directory"),
        ("nr_inodes=5", "spaces"),
        ("nr_inodes=6", "trash"),
        ("nr_inodes=7", "placeholder"),
        ("size=4k", "lease"),
    ] {
        let Some(ended) = run(options, &[programs::GUIDE]) else {
            return;
        };
        ended
            .assert_code(125)
            .assert_says(&["DISK/base`", "No space left on device", action]);
        assert_eq!(ended.stderr.lines().count(), 1, "{ended:#?}");
        assert!(NOTHING_LEFT.starts_with(&ended.stdout), "{options}: {ended:#?}");
    }
}

#[test]
fn a_report_that_does_not_fit_on_a_full_disk_is_said_to_be_missing() {
    let Some(ended) = run(
        "size=64k",
        &["--report=line", "--report=json=/dev/full", programs::GUIDE],
    ) else {
        return;
    };
    ended
        .assert_code(125)
        .assert_says(&["scratch: 3 made, 0 left", "`/dev/full`", "No space left on device"]);
}
