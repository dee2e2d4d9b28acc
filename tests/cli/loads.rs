//! What loads, and what is refused for which reason.

use std::fs;

use scratch_tests::programs;

use crate::support::{Place, ended};
use crate::{SEVEN, exits};

/// Throws an exception and catches it: C++ exceptions, and `setjmp` in C.
const EXCEPTION: &str = r#"
    (module
        (memory (export "memory") 1)
        (tag $tag)
        (func (export "_start")
            (block $caught (result exnref)
                (try_table (catch_all_ref $caught) (throw $tag))
                (unreachable))
            (drop)))
"#;

/// Makes a structure that is garbage at once: Kotlin, Dart, OCaml.
const GARBAGE: &str = r#"
    (module
        (memory (export "memory") 1)
        (type $pair (struct (field i32) (field i32)))
        (func (export "_start") (drop (struct.new $pair (i32.const 1) (i32.const 2)))))
"#;

/// A table of references to things of the host, which stays empty.
const EXTERNREF: &str = r#"
    (module
        (memory (export "memory") 1)
        (table 1 externref)
        (func (export "_start") (drop (table.get (i32.const 0)))))
"#;

/// Wants a memory of 4 MiB at once.
const LARGE: &str = r#"
    (module
        (memory (export "memory") 64)
        (func (export "_start")))
"#;

/// Traps before it is instantiated.
const TRAPS_AT_START: &str = r#"
    (component
        (core module $module (func $start unreachable) (start $start))
        (core instance (instantiate $module))
        (core module $run (func (export "run") (result i32) i32.const 0))
        (core instance $run (instantiate $run))
        (func $run (result (result)) (canon lift (core func $run "run")))
        (instance $iface (export "run" (func $run)))
        (export "wasi:cli/run@0.2.0" (instance $iface)))
"#;

#[test]
fn programs_of_today_load() {
    let place = Place::new();
    for (name, text) in [
        ("exception.wat", EXCEPTION),
        ("garbage.wat", GARBAGE),
        ("externref.wat", EXTERNREF),
    ] {
        place.file(name, text);
        place.run(&[name]).assert_clean(0);
    }
    // With each of wasmtime's collectors.
    for collector in ["drc", "null", "copying"] {
        let flag = format!("collector={collector}");
        place.run(&["-C", &flag, "garbage.wat"]).assert_clean(0);
    }
}

#[test]
fn a_proposal_that_is_switched_off_is_named() {
    let place = Place::new();
    place.file("exception.wat", EXCEPTION);
    let ended = place.run(&["-W", "exceptions=n", "exception.wat"]);
    ended.assert_refused(1, &["`exception.wat`", "exceptions"]);
    place.assert_nothing_left();
}

#[test]
fn compiled_code_runs_if_it_is_allowed() {
    let place = Place::new();
    for (program, code) in [("seven.wat", 7), (programs::GUIDE, 0)] {
        if program == "seven.wat" {
            place.file(program, SEVEN);
        }
        ended(place.bare().args(["compile", program, "-o", "code.cwasm"])).assert_code(0);
        place
            .run(&["code.cwasm"])
            .assert_refused(1, &["`code.cwasm`", "--allow-precompiled"]);
        place.run(&["--allow-precompiled", "code.cwasm"]).assert_code(code);
        // What is not compiled is, as ever.
        place.run(&["--allow-precompiled", program]).assert_code(code);
    }
    ended(place.bare().args(["compile", "seven.wat"])).assert_code(0);
    assert!(place.path("seven.cwasm").exists(), "its name by default");
    place.assert_nothing_left();
}

#[test]
fn compiled_code_of_another_engine_is_refused() {
    let place = Place::new();
    place.file("seven.wat", SEVEN);
    let compile = ["compile", "-W", "fuel=1", "seven.wat", "-o", "fuel.cwasm"];
    ended(place.bare().args(compile)).assert_code(0);
    let hint = "compile it with `scratch compile` and the same options";
    let refused = |name: &str, parts: &[&str]| {
        let ended = place.run(&["--allow-precompiled", name]);
        ended.assert_refused(1, &[&[&format!("`{name}`")[..]], parts].concat());
    };
    refused("fuel.cwasm", &[hint]);
    let flags = ["-W", "fuel=100000000", "--allow-precompiled", "fuel.cwasm"];
    place.run(&flags).assert_code(7);

    let code = fs::read(place.path("fuel.cwasm")).expect("it was written");
    place.file("half.cwasm", &code[..code.len() / 2]);
    refused("half.cwasm", &["damaged", "`scratch compile`"]);

    // Of another version, which stands in the code as text.
    let version = b"48.0.8";
    let mut other = code.clone();
    let found = other.windows(version.len()).position(|bytes| bytes == version);
    if let Some(at) = found {
        other[at..at + version.len()].copy_from_slice(b"47.0.8");
        place.file("old.cwasm", &other);
        refused("old.cwasm", &[hint]);
    }

    // A module's, as `wasmtime compile` makes it.
    let engine = wasmtime::Engine::default();
    let module = engine.precompile_module(SEVEN.as_bytes()).expect("it compiles");
    place.file("module.cwasm", module);
    refused("module.cwasm", &["core module", "`scratch compile`"]);
    place.assert_nothing_left();
}

#[test]
fn what_is_compiled_already_is_not_compiled() {
    let place = Place::new();
    place.file("seven.wat", SEVEN);
    ended(place.bare().args(["compile", "seven.wat"])).assert_code(0);
    ended(place.bare().args(["compile", "seven.cwasm"])).assert_refused(1, &["`seven.cwasm`", "compiled code already"]);
    ended(place.bare().args(["compile", "nowhere.wasm"])).assert_refused(1, &["`nowhere.wasm`", "No such file"]);
}

#[test]
fn threads_and_sockets_of_others_are_named() {
    let place = Place::new();
    for (name, import, named) in [
        (
            "threads.wat",
            r#""wasi" "thread-spawn" (func (param i32) (result i32))"#,
            "`wasi::thread-spawn` is threads",
        ),
        (
            "sockets.wat",
            r#""wasi_snapshot_preview1" "sock_open" (func (param i32 i32 i32) (result i32))"#,
            "build it for wasm32-wasip2",
        ),
        (
            "old.wat",
            r#""wasi_unstable" "proc_exit" (func (param i32))"#,
            "wasi_unstable",
        ),
    ] {
        let module = format!(r#"(module (import {import}) (memory (export "memory") 1) (func (export "_start")))"#);
        place.file(name, module);
        place.run(&[name]).assert_refused(1, &[&format!("`{name}`"), named]);
    }
    place.assert_nothing_left();
}

#[test]
fn what_nobody_provides_may_be_left_to_trap() {
    let place = Place::new();
    let component = TRAPS_AT_START
        .replace("(func $start unreachable) (start $start)", "")
        .replace("(component", r#"(component (import "greet" (func))"#);
    place.file("greet.wat", component);
    place.run(&["greet.wat"]).assert_refused(1, &["`greet.wat`", "`greet`"]);
    place.run(&["-W", "unknown-imports-trap", "greet.wat"]).assert_clean(0);
}

#[test]
fn a_program_that_cannot_be_instantiated_ends_with_1_and_one_that_traps_meanwhile_with_134() {
    let place = Place::new();
    place.file("large.wat", LARGE);
    place.file("traps.wat", TRAPS_AT_START);
    place.run(&["large.wat"]).assert_clean(0);
    let ended = place.run(&["-W", "max-memory-size=1MiB", "large.wat"]);
    ended.assert_refused(1, &["failed to instantiate `large.wat`", "memory"]);
    place
        .run(&["traps.wat"])
        .assert_code(134)
        .assert_says(&["`traps.wat` trapped"]);
    place.assert_nothing_left();
}

#[test]
fn a_trap_leaves_a_core_dump_where_one_is_wanted() {
    let place = Place::new();
    place
        .run(&["-D", "coredump=core.wasm", programs::TRAP_OPEN, "disk"])
        .assert_code(134);
    let dump = fs::read(place.path("core.wasm")).expect("it was written");
    assert!(dump.starts_with(b"\0asm"), "{} bytes", dump.len());
    let ended = place.run(&["-D", "coredump=nowhere/core.wasm", programs::TRAP_OPEN, "disk"]);
    ended.assert_says(&["`nowhere/core.wasm`", "No such file"]);
    place.assert_nothing_left();
}

#[test]
fn the_exit_code_of_a_module_is_its_own() {
    let place = Place::new();
    place.file("three.wat", exits(3));
    place.run(&["three.wat"]).assert_code(3);
}
