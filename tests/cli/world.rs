//! What a program sees: arguments, environment, granted directories, and where its temporary files are.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;

use scratch_tests::programs;

use crate::support::{Ended, Place, ended, entries};

const WITH_TMP: &str = "\
env TMPDIR=/tmp
preopen /tmp
temporary files live in /tmp
without a name: ok
with a name: ok
by path: ok
";

/// The lines of `show-world` that start with `what`, without it.
fn lines<'a>(ended: &'a Ended, what: &str) -> Vec<&'a str> {
    let found = ended.stdout.lines().filter_map(|line| line.strip_prefix(what));
    found.collect()
}

#[test]
fn by_default_there_is_nothing_but_a_private_tmp() {
    let place = Place::new();
    let ended = place.run(&[programs::SHOW_WORLD]);
    ended.assert_code(0);
    assert_eq!(ended.stdout, format!("arg show-world.wasm\n{WITH_TMP}"));
    ended.assert_summary("3 made, 1 found at the end, 0 left");
    place.assert_nothing_left();
}

#[test]
fn what_follows_the_program_is_the_programs() {
    let place = Place::new();
    let args = [
        "a b",
        "",
        "--base",
        "elsewhere",
        "run",
        "-W",
        "timeout=0",
        "--help",
        "--",
        "--no-tmp",
    ];
    let ended = place.run(&[&[programs::SHOW_WORLD][..], &args].concat());
    ended.assert_code(0);
    assert_eq!(lines(&ended, "arg ")[1..], args);
    for first in ["run", "wit", "provider", "help", "-"] {
        let ended = place.run(&[programs::SHOW_WORLD, first]);
        assert_eq!(lines(&ended, "arg "), ["show-world.wasm", first]);
    }
    assert!(!place.path("elsewhere").exists());
    place.assert_nothing_left();
}

/// As with wasmtime: there too, nothing that stands after the program is a flag of the command.
#[test]
fn a_flag_right_after_the_program_is_the_programs_too() {
    let place = Place::new();
    for args in [
        &["--help"][..],
        &["-V"],
        &["--no-tmp"],
        &["--base", "elsewhere"],
        &["-x", "y"],
        &["--", "--help"],
    ] {
        let ended = place.run(&[&[programs::SHOW_WORLD][..], args].concat());
        assert_eq!(lines(&ended, "arg "), [&["show-world.wasm"][..], args].concat());
    }
    assert!(!place.path("elsewhere").exists());
}

#[test]
fn two_dashes_before_the_program_end_the_flags() {
    let place = Place::new();
    fs::copy(programs::SHOW_WORLD, place.path("-odd.wasm")).expect("a copy");
    let ended = place.run(&["--", "-odd.wasm", "--no-tmp"]);
    ended.assert_code(0);
    assert_eq!(lines(&ended, "arg "), ["-odd.wasm", "--no-tmp"]);
}

#[test]
fn the_program_is_named_after_its_file_unless_told_otherwise() {
    let place = Place::new();
    let ended = place.run(&["--argv0", "someone else", programs::SHOW_WORLD, "x"]);
    ended.assert_code(0);
    assert_eq!(lines(&ended, "arg "), ["someone else", "x"]);
    // Without the path, which is the host's.
    let ended = place.run(&[programs::SHOW_WORLD]);
    assert_eq!(lines(&ended, "arg "), ["show-world.wasm"]);
    assert!(!ended.stdout.contains(env!("CARGO_MANIFEST_DIR")));
}

#[test]
fn only_what_is_named_of_the_environment_is_handed_on() {
    let place = Place::new();
    let mut command = place.scratch();
    command.envs([
        ("MINE", "1 2"),
        ("SECRET", "x"),
        ("TMPDIR", "/var/tmp"),
        ("HOME", "/root"),
    ]);
    command.args([
        "--env",
        "MINE",
        "--env",
        "NEW=a=b",
        "--env",
        "EMPTY=",
        programs::SHOW_WORLD,
    ]);
    let ended = ended(&mut command);
    ended.assert_code(0);
    assert_eq!(lines(&ended, "env "), ["EMPTY=", "MINE=1 2", "NEW=a=b", "TMPDIR=/tmp"]);
}

#[test]
fn the_whole_environment_is_handed_on_if_asked_but_not_the_hosts_tmpdir() {
    for (flag, seen) in [
        ("inherit-env", &["HOME=/root", "MINE=1", "TMPDIR=/tmp"][..]),
        ("inherit-env=y", &["HOME=/root", "MINE=1", "TMPDIR=/tmp"]),
        ("inherit-env=n", &["TMPDIR=/tmp"]),
    ] {
        let place = Place::new();
        let mut command = place.scratch();
        command.env_remove("SCRATCH_PROVIDER").env_remove("XDG_CACHE_HOME");
        command.envs([("MINE", "1"), ("TMPDIR", "/var/tmp"), ("HOME", "/root")]);
        let ended = ended(command.args(["-C", "cache=n", "-S", flag, programs::SHOW_WORLD]));
        ended.assert_code(0);
        assert_eq!(lines(&ended, "env "), seen, "{flag}");
    }
}

#[test]
fn without_a_tmp_the_hosts_tmpdir_is_not_handed_on_either() {
    let place = Place::new();
    let mut command = place.scratch();
    command.env_remove("SCRATCH_PROVIDER").env_remove("XDG_CACHE_HOME");
    command.envs([("MINE", "1"), ("TMPDIR", "/var/tmp")]);
    let ended = ended(command.args(["-C", "cache=n", "-S", "inherit-env", "--no-tmp", programs::SHOW_WORLD]));
    ended.assert_code(0);
    assert_eq!(lines(&ended, "env "), ["MINE=1"]);
}

#[test]
fn a_variable_that_is_set_stands_before_one_that_is_inherited() {
    let place = Place::new();
    let mut command = place.scratch();
    command.env("MINE", "inherited");
    command.env_remove("SCRATCH_PROVIDER").env_remove("XDG_CACHE_HOME");
    let ended = ended(command.args([
        "-C",
        "cache=n",
        "-S",
        "inherit-env",
        "--env",
        "MINE=set",
        programs::SHOW_WORLD,
    ]));
    ended.assert_code(0);
    assert_eq!(lines(&ended, "env "), ["MINE=set", "TMPDIR=/tmp"]);
}

#[test]
fn a_variable_that_is_not_text_is_no_crash() {
    let place = Place::new();
    let mut command = place.scratch();
    command.env("ODD", OsStr::from_bytes(b"\xff")).env("MINE", "1");
    let inherited = ended(command.args(["-S", "inherit-env", programs::SHOW_WORLD]));
    inherited.assert_code(0);
    assert!(lines(&inherited, "env ").contains(&"MINE=1"), "{inherited:#?}");

    let mut command = place.scratch();
    command.env("ODD", OsStr::from_bytes(b"\xff"));
    ended(command.args(["--env", "ODD", programs::SHOW_WORLD])).assert_usage(&["`ODD`", "not valid"]);
    place.assert_nothing_left();
}

#[test]
fn a_tmpdir_of_ones_own_stands() {
    let place = Place::new();
    let ended = place.run(&["--env", "TMPDIR=/elsewhere", programs::SHOW_WORLD]);
    ended.assert_code(0);
    assert_eq!(lines(&ended, "env "), ["TMPDIR=/elsewhere"]);
    assert_eq!(lines(&ended, "preopen "), ["/tmp"]);
    assert_eq!(
        lines(&ended, "temporary files "),
        ["live in /tmp"],
        "the provider has a world of its own"
    );
}

#[test]
fn the_space_can_be_shown_elsewhere() {
    let place = Place::new();
    let ended = place.run(&["--tmp", "/scratch", programs::SHOW_WORLD]);
    ended.assert_code(0);
    let world = "\
arg show-world.wasm
env TMPDIR=/scratch
preopen /scratch
temporary files live in /scratch
without a name: ok
with a name: ok
by path: NotFound
";
    assert_eq!(ended.stdout, world);
    ended.assert_clean(2);
    place.assert_nothing_left();
}

#[test]
fn without_a_tmp_there_are_handles_and_no_names() {
    let place = Place::new();
    let ended = place.run(&["--no-tmp", programs::SHOW_WORLD]);
    let world = "\
arg show-world.wasm
temporary files live nowhere that has a name
without a name: ok
with a name: Unsupported
by path: NotFound
";
    assert_eq!(ended.stdout, world);
    // The second was refused when its name was asked for.
    ended.assert_clean(2);
    place.assert_nothing_left();
}

#[test]
fn directories_are_granted_under_the_names_they_are_given() {
    let place = Place::new();
    place.dir("one", 0o755);
    let two = place.dir("two", 0o755);
    let args = [
        "--dir",
        "one",
        "--dir",
        &format!("{two}::/in::ro"),
        programs::SHOW_WORLD,
    ];
    let ended = place.run(&args);
    ended.assert_code(0);
    assert_eq!(lines(&ended, "preopen "), ["one", "/in", "/tmp"]);
    assert!(!ended.stdout.contains(&two), "no path of the host");
}

/// The directory that `write-to` tries to change.
fn target(place: &Place) -> String {
    let dir = place.dir("target", 0o755);
    for file in ["old.txt", "spare.txt", "stays.txt"] {
        place.file(&format!("target/{file}"), file);
    }
    place.dir("target/empty", 0o755);
    dir
}

#[test]
fn a_directory_that_is_granted_read_only_is_read_only() {
    let place = Place::new();
    let dir = target(&place);
    let before = entries(&place.path("target"));
    let ended = place.run(&["--dir", &format!("{dir}::/in::ro"), programs::WRITE_TO, "/in"]);
    ended.assert_code(0);
    let refused = "\
read: old.txt
list: 4
create a file: PermissionDenied
create a directory: PermissionDenied
append: PermissionDenied
cut: PermissionDenied
overwrite: PermissionDenied
set its time: PermissionDenied
link: PermissionDenied
rename: PermissionDenied
remove a directory: PermissionDenied
remove a file: PermissionDenied
move into the space: CrossesDevices
";
    assert_eq!(ended.stdout, refused);
    assert_eq!(entries(&place.path("target")), before);
    assert_eq!(
        fs::read_to_string(place.path("target/old.txt")).expect("still there"),
        "old.txt"
    );
    let age = fs::metadata(place.path("target/old.txt")).and_then(|meta| meta.modified());
    assert!(age.expect("a time") > std::time::SystemTime::UNIX_EPOCH);
    place.assert_nothing_left();
}

#[test]
fn a_directory_that_is_granted_can_be_changed() {
    let place = Place::new();
    let dir = target(&place);
    for (number, access) in ["", "::rw"].iter().enumerate() {
        if number > 0 {
            fs::remove_dir_all(&dir).expect("ours");
            target(&place);
        }
        let ended = place.run(&["--dir", &format!("{dir}::/in{access}"), programs::WRITE_TO, "/in"]);
        ended.assert_code(0);
        let refused: Vec<&str> = ended.stdout.lines().filter(|line| !line.ends_with(": ok")).collect();
        assert_eq!(
            refused,
            ["read: old.txt", "list: 4", "move into the space: CrossesDevices"]
        );
        let now = ["link.txt", "new", "new.txt", "other.txt", "stays.txt"].map(std::path::PathBuf::from);
        assert_eq!(entries(&place.path("target")), now);
        assert_eq!(
            fs::read_to_string(place.path("target/other.txt")).expect("it was made"),
            "new"
        );
    }
    place.assert_nothing_left();
}
