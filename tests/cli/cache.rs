//! The cache of compiled code: used, and never in the way.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use scratch_tests::entries;

use crate::exits;
use crate::support::{Place, ended};

/// `scratch` with a cache of its own in this place.
fn scratch(place: &Place) -> Command {
    let mut command = place.scratch();
    command.env("XDG_CACHE_HOME", place.path("cache"));
    command
}

/// The files with compiled code, and how large they are.
fn cached(place: &Place) -> Vec<PathBuf> {
    let cache = place.path("cache");
    let files = entries(&cache).into_iter().map(|path| cache.join(path));
    files
        .filter(|path| path.is_file() && path.extension().is_none())
        .collect()
}

/// The file that a program adds to the cache.
fn added(place: &Place, name: &str, code: u8) -> PathBuf {
    let before = cached(place);
    place.file(name, exits(code));
    ended(scratch(place).arg(name)).assert_code(i32::from(code));
    let new: Vec<PathBuf> = cached(place)
        .into_iter()
        .filter(|path| !before.contains(path))
        .collect();
    let [only] = &new[..] else {
        panic!("one file for {name}: {new:?}")
    };
    only.clone()
}

#[test]
fn a_program_is_compiled_once() {
    let place = Place::new();
    let (three, four) = (added(&place, "three.wat", 3), added(&place, "four.wat", 4));
    // What is found under a program's name in the cache is what runs.
    fs::copy(&four, &three).expect("a copy");
    ended(scratch(&place).arg("three.wat")).assert_code(4);
    assert_eq!(cached(&place).len(), 2);
    // Without the cache it is itself again, and what is in the cache stays.
    ended(scratch(&place).args(["-C", "cache=n", "three.wat"])).assert_code(3);
    ended(scratch(&place).arg("three.wat")).assert_code(4);
    // Other settings are other code.
    ended(scratch(&place).args(["-O", "opt-level=0", "three.wat"])).assert_code(3);
    assert_eq!(cached(&place).len(), 3);
}

#[test]
fn damaged_code_is_compiled_again() {
    let place = Place::new();
    let three = added(&place, "three.wat", 3);
    let code = fs::read(&three).expect("it was written");
    for damaged in [&b""[..], b"once upon a time", &code[..code.len() / 2]] {
        fs::write(&three, damaged).expect("ours");
        ended(scratch(&place).arg("three.wat")).assert_clean_exit(3);
        assert_eq!(
            fs::read(&three).expect("it was written").len(),
            code.len(),
            "it is mended"
        );
    }
}

#[test]
fn a_cache_that_cannot_be_used_is_no_error() {
    let place = Place::new();
    place.file("three.wat", exits(3));
    place.file("a-file", "");
    place.dir("open", 0o777);
    place.dir("open/wasmtime", 0o777);
    fs::set_permissions(place.path("open/wasmtime"), Permissions::from_mode(0o777)).expect("ours");
    place.dir("config", 0o755);
    place.dir("config/wasmtime", 0o755);
    place.file("config/wasmtime/config.toml", "[cache]\ndirectory = 7\n");
    let text = |name: &str| place.text(name);
    for (vars, reason) in [
        (vec![("HOME", "/proc".to_owned())], "/proc"),
        (vec![("XDG_CACHE_HOME", text("a-file"))], "a-file"),
        (vec![("XDG_CACHE_HOME", text("open"))], "chmod go-w"),
        (
            vec![("XDG_CONFIG_HOME", text("config")), ("XDG_CACHE_HOME", text("c"))],
            "config.toml",
        ),
    ] {
        let mut command = place.scratch();
        command.env_remove("XDG_CACHE_HOME").envs(vars.clone());
        ended(command.arg("three.wat")).assert_clean_exit(3);
        // Who wants to know is told.
        let mut command = place.scratch();
        command
            .env_remove("XDG_CACHE_HOME")
            .envs(vars)
            .env("WASMTIME_LOG", "warn");
        let told = ended(command.arg("three.wat"));
        told.assert_code(3)
            .assert_says(&["compiled code is not cached", reason]);
    }
}

#[test]
fn a_cache_of_another_user_is_not_used() {
    let place = Place::new();
    let three = added(&place, "three.wat", 3);
    let four = added(&place, "four.wat", 4);
    fs::copy(&four, &three).expect("a copy");
    let cache = place.path("cache/wasmtime");
    if std::os::unix::fs::chown(&cache, Some(crate::support::NOBODY), None).is_err() {
        eprintln!("skipped: only root can give a directory away");
        return;
    }
    ended(scratch(&place).arg("three.wat")).assert_clean_exit(3);
}

#[test]
fn a_cache_that_can_only_be_read_is_read() {
    let place = Place::new();
    let (three, four) = (added(&place, "three.wat", 3), added(&place, "four.wat", 4));
    fs::copy(&four, &three).expect("a copy");
    place.file("five.wat", exits(5));
    fs::remove_dir_all(place.base()).expect("ours");
    let Some(mut command) = place.scratch_as_ordinary_user() else {
        return;
    };
    // It belongs to root, or may not be written: either way the user may not add to it.
    let cache = place.path("cache/wasmtime");
    let dirs = entries(&cache)
        .into_iter()
        .map(|path| cache.join(path))
        .filter(|path| path.is_dir());
    for dir in dirs.chain([cache.clone()]) {
        fs::set_permissions(dir, Permissions::from_mode(0o555)).expect("ours");
    }
    let before = cached(&place).len();
    command.env("XDG_CACHE_HOME", place.path("cache"));
    ended(command.arg("three.wat")).assert_code(4);
    let mut command = place.scratch_as_ordinary_user().expect("as before");
    command.env("XDG_CACHE_HOME", place.path("cache"));
    ended(command.arg("five.wat")).assert_clean_exit(5);
    assert_eq!(cached(&place).len(), before);
    fs::set_permissions(&cache, Permissions::from_mode(0o755)).expect("ours");
}

#[test]
fn a_configuration_that_is_named_has_to_be_one() {
    let place = Place::new();
    place.file("three.wat", exits(3));
    place.file("bad.toml", "[cache]\ndirectory = 7\n");
    for config in ["nowhere.toml", "bad.toml"] {
        let flag = format!("cache-config={config}");
        let ended = place.run(&["-C", &flag, "three.wat"]);
        ended.assert_refused(2, &[&format!("`-C {flag}`")]);
    }
    let dir = place.text("own");
    place.file("good.toml", format!("[cache]\ndirectory = {dir:?}\n"));
    place.run(&["-C", "cache-config=good.toml", "three.wat"]).assert_code(3);
    assert!(Path::new(&dir).join("modules").is_dir());
}
