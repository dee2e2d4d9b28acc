//! Bad input: one clear line, the right exit code, and nothing left.

use std::fs;

use scratch_tests::{programs, providers};

use crate::ADD;
use crate::support::{Place, ended, entries};

#[test]
fn a_file_that_is_not_wasm_cannot_be_loaded() {
    let place = Place::new();
    let dir = place.dir("a-directory", 0o755);
    for (name, content, reason) in [
        ("garbage.wasm", &b"once upon a time"[..], "not a WebAssembly file"),
        ("empty.wasm", b"", "empty"),
        (
            "binary.wasm",
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0",
            "not a WebAssembly file",
        ),
        ("header.wasm", b"\0asm", "not a WebAssembly file"),
        (
            "version.wasm",
            b"\0asm\x63\xc7\x1f\xee\x9a\x00\x51",
            "not a WebAssembly file",
        ),
        ("module.wasm", b"\0asm\x01\0\0\0\x63\xc7\x1f\xee\x9a\x00\x51", "module"),
        (
            "component.wasm",
            b"\0asm\x0d\0\x01\0\x63\xc7\x1f\xee\x9a\x00\x51",
            "compile",
        ),
        ("half.wat", b"(component (core module", "not a WebAssembly file"),
    ] {
        place.file(name, content);
        place.run(&[name]).assert_refused(1, &[name, reason]);
    }
    place.run(&[&dir]).assert_refused(1, &["a-directory", "Is a directory"]);
    place
        .run(&["nowhere.wasm"])
        .assert_refused(1, &["`nowhere.wasm`", "No such file"]);
    place.assert_nothing_left();
}

#[test]
fn half_a_program_cannot_be_loaded() {
    let place = Place::new();
    let whole = fs::read(programs::GUIDE).expect("it was built");
    place.file("half.wasm", &whole[..whole.len() / 2]);
    place.run(&["half.wasm"]).assert_refused(1, &["`half.wasm`"]);
    place.assert_nothing_left();
}

#[test]
fn an_import_that_nobody_provides_is_named() {
    let place = Place::new();
    for (name, text, import) in [
        (
            "store.wat",
            r#"(component (import "acme:db/store@1.0.0" (instance (export "get" (func)))))"#,
            "`acme:db/store@1.0.0`",
        ),
        ("greet.wat", r#"(component (import "greet" (func)))"#, "`greet`"),
        (
            "other.wat",
            r#"(component (import "wasi:cli/environment@0.2.0" (instance (export "get-nothing" (func)))))"#,
            "`wasi:cli/environment@0.2.0`",
        ),
        (
            "module.wat",
            r#"(module (import "env" "missing" (func)) (memory (export "memory") 1) (func (export "_start")))"#,
            "env::missing",
        ),
    ] {
        place.file(name, text);
        place.run(&[name]).assert_refused(1, &[&format!("`{name}`"), import]);
    }
    place.assert_nothing_left();
}

#[test]
fn a_component_that_wants_wasi_0_3_is_told_so() {
    let place = Place::new();
    let interface = r#"(instance (export "get-environment" (func (result (list (tuple string string))))))"#;
    for version in ["0.3.0", "0.3.0-rc-2026-01-06", "0.3.1"] {
        let import = format!("wasi:cli/environment@{version}");
        place.file("new.wat", format!(r#"(component (import "{import}" {interface}))"#));
        let parts = ["`new.wat`", "WASI 0.3", &format!("`{import}`"), "WASI 0.2"];
        place.run(&["new.wat"]).assert_refused(1, &parts);
    }
    place.assert_nothing_left();
}

#[test]
fn a_program_that_wants_another_version_of_the_contract_is_told_ours() {
    let place = Place::new();
    for interface in ["types@0.2.0", "space@0.2.0", "types@0.1.1"] {
        let import = format!("scratch:tempfile/{interface}");
        place.file(
            "new.wat",
            format!(r#"(component (import "{import}" (instance (export "x" (func)))))"#),
        );
        let ended = place.run(&["new.wat"]);
        ended.assert_refused(1, &["`new.wat`", &import, "provides version 0.1.0"]);
    }
    place.assert_nothing_left();
}

#[test]
fn a_component_that_is_no_command_is_told_how_it_can_be_called() {
    let place = Place::new();
    place.file("add.wat", ADD);
    let parts = ["`add.wat`", "`wasi:cli/run`", "not a command", "--invoke"];
    place.run(&["add.wat"]).assert_refused(1, &parts);
    place.assert_nothing_left();
}

#[test]
fn a_provider_that_is_none_is_refused() {
    let place = Place::new();
    place.file("garbage.wasm", "once upon a time");
    place.file("add.wat", ADD);
    place.dir("a-directory", 0o755);
    for (provider, parts) in [
        (
            providers::NO_INTERFACE,
            &["no_interface.wasm", "`scratch:tempfile/types@0.1.0`", "not a provider"][..],
        ),
        (
            providers::OTHER_VERSION,
            &["other_version.wasm", "@0.1.0", "@0.9.0", "another version"],
        ),
        ("add.wat", &["`add.wat`", "`scratch:tempfile/types@0.1.0`"]),
        ("garbage.wasm", &["`garbage.wasm`", "not a WebAssembly file"]),
        ("a-directory", &["`a-directory`", "Is a directory"]),
        ("nowhere.wasm", &["provider", "`nowhere.wasm`", "No such file"]),
    ] {
        place
            .run(&["--provider", provider, programs::GUIDE])
            .assert_refused(1, parts);
    }
    place.assert_nothing_left();
}

#[test]
fn a_provider_that_wants_too_much_is_refused() {
    let place = Place::new();
    for import in ["acme:db/store@1.0.0", "wasi:sockets/network@0.2.0"] {
        let mut text = format!(
            r#"(component
                (import "{import}" (instance (export "get" (func))))
                (core module $module (func (export "get")))
                (core instance $core (instantiate $module))
                (func $get (canon lift (core func $core "get")))"#
        );
        for interface in ["types", "space"] {
            text += &format!(
                r#" (instance ${interface} (export "get" (func $get)))
                    (export "scratch:tempfile/{interface}@0.1.0" (instance ${interface}))"#
            );
        }
        place.file("greedy.wat", text + ")");
        let ended = place.run(&["--provider", "greedy.wat", programs::GUIDE]);
        ended.assert_refused(1, &["`greedy.wat`", &format!("`{import}`")]);
    }
    place.assert_nothing_left();
}

#[test]
fn a_directory_to_grant_has_to_be_one() {
    let place = Place::new();
    place.file("a-file", "mine");
    for (dir, reason) in [("nowhere", "No such file"), ("a-file", "Not a directory")] {
        for flag in [dir.to_owned(), format!("{dir}::/in"), format!("{dir}::/in::ro")] {
            let ended = place.run(&["--dir", &flag, programs::GUIDE]);
            ended.assert_refused(1, &[&format!("`{dir}`"), reason]);
        }
    }
    place.assert_nothing_left();
}

#[test]
fn a_directory_around_or_inside_of_the_base_is_not_granted() {
    let place = Place::new();
    place.run(&[programs::NO_SCRATCH]).assert_clean(0);
    fs::create_dir(place.path("base/inside")).expect("ours");
    std::os::unix::fs::symlink("base", place.path("link")).expect("a link");
    for dir in [".", "/", "base", "base/inside", "link", "base/..", "link/inside"] {
        for access in ["ro", "rw"] {
            let ended = place.run(&["--dir", &format!("{dir}::/in::{access}"), programs::GUIDE]);
            ended.assert_refused(2, &[&format!("`{dir}`"), "base", "--base"]);
        }
    }
    assert_eq!(place.left(), [std::path::Path::new("inside")]);
}

#[test]
fn a_directory_beside_the_base_is_granted_though_its_name_starts_like_it() {
    let place = Place::new();
    let beside = place.dir("base-ment", 0o755);
    place
        .run(&["--dir", &format!("{beside}::/in"), programs::GUIDE])
        .assert_clean(3);
    place.assert_nothing_left();
}

#[test]
fn no_two_preopens_have_one_name() {
    let place = Place::new();
    place.dir("one", 0o755);
    place.dir("two", 0o755);
    for (flags, named) in [
        (&["--dir", "one::/scratch", "--tmp", "/scratch"][..], "`/scratch`"),
        (&["--dir", "one::/a", "--dir", "two::/a"], "`/a`"),
        (&["--dir", "one::/a::ro", "--dir", "one::/a"], "`/a`"),
    ] {
        let args: Vec<&str> = flags.iter().copied().chain([programs::GUIDE]).collect();
        place.run(&args).assert_refused(2, &[named, "two directories"]);
    }
    place.assert_nothing_left();
    // Out of the way, it may be there.
    place
        .run(&["--dir", "one::/tmp", "--tmp", "/scratch", programs::GUIDE])
        .assert_clean(3);
    place
        .run(&["--dir", "one::/tmp", "--no-tmp", programs::NO_SCRATCH])
        .assert_clean(0);
}

#[test]
fn a_deadline_of_0_leaves_no_time_to_run() {
    let place = Place::new();
    for zero in ["0", "0s", "0ms", "00"] {
        let ended = place.run(&["-W", &format!("timeout={zero}"), programs::GUIDE]);
        ended.assert_refused(2, &["deadline of 0"]);
    }
    place.assert_nothing_left();
}

#[test]
fn flags_that_make_no_sense_are_wrong_usage() {
    let place = Place::new();
    let long = "x".repeat(129);
    for (flags, parts) in [
        (&["-W", "tmeout=1"][..], &["unknown", "-W", "tmeout"][..]),
        (&["-O", "opt-level=9"], &["-O", "opt-level=9"]),
        (&["-W", "timeout=-1"], &["timeout=-1"]),
        (&["-W", "timeout=soon"], &["timeout=soon"]),
        (&["-W", "fuel=much"], &["fuel=much"]),
        (&["-W", "fuel=-1"], &["fuel=-1"]),
        (&["-W", "fuel=1,max-memory-size=big"], &["max-memory-size=big"]),
        (&["-W", ""], &["-W"]),
        (&["-S", "inherit-env=perhaps"], &["inherit-env=perhaps"]),
        (&["--label", ""], &["--label", "1 to 128"]),
        (&["--label", &long], &["--label", "1 to 128"]),
        (&["--label", "two\nlines"], &["--label", "1 to 128", r"two\nlines"]),
        (&["--label", "caf\u{e9}"], &["--label", "1 to 128"]),
        (&["--tmp", "/x", "--no-tmp"], &["--tmp", "--no-tmp"]),
        (&["--dir", ""], &["--dir"]),
        (&["--dir", "::/in"], &["--dir", "HOST"]),
        (&["--dir", "one::/in::rx"], &["--dir", "`rx`"]),
        (&["--dir", "one::/in::ro::x"], &["--dir", "HOST"]),
        (&["--env", "=x"], &["--env", "NAME"]),
        (&["--report", "xml"], &["--report", "text", "json=PATH"]),
        (&["--report", "json"], &["--report", "json=PATH"]),
        (&["--report", "json="], &["--report", "json=PATH"]),
        (&["--frobnicate"], &["--frobnicate"]),
    ] {
        let args: Vec<&str> = flags.iter().copied().chain([programs::GUIDE]).collect();
        place.run(&args).assert_usage(parts);
    }
    assert!(!place.base().exists(), "nobody opened it");
}

#[test]
fn without_a_program_there_is_nothing_to_run() {
    let place = Place::new();
    place.run(&[]).assert_usage(&["PROGRAM.wasm"]);
    ended(&mut place.bare()).assert_usage(&["PROGRAM.wasm"]);
    ended(place.bare().arg("run")).assert_usage(&["PROGRAM.wasm"]);
    assert!(entries(place.path("").as_path()).is_empty());
}

#[test]
fn a_path_for_the_space_is_not_empty() {
    let place = Place::new();
    place
        .run(&["--tmp", "", programs::GUIDE])
        .assert_refused(2, &["\"\"", "no path for the space"]);
    place.assert_nothing_left();
}

#[test]
fn a_label_has_up_to_128_characters() {
    let place = Place::new();
    for label in ["x", &"x".repeat(128), "tenant 7/request-12 {}%s"] {
        place.run(&["--label", label, programs::NO_SCRATCH]).assert_clean(0);
    }
}
