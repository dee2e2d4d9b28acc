//! `scratch compose`: a program and a provider made one component.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use scratch_tests::{modules, programs, providers};
use wasmparser::{Parser, Payload};

use crate::support::{Ended, Place, ended};

/// Runs `scratch compose ARGS` in the place.
fn compose(place: &Place, args: &[&str]) -> Ended {
    ended(place.bare().arg("compose").args(args))
}

/// What a component imports.
fn imports(component: &[u8]) -> Vec<String> {
    let mut imports = Vec::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload.expect("it is valid") {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 0 => {
                imports.extend(
                    section
                        .into_iter()
                        .map(|import| import.expect("valid").name.name.to_owned()),
                );
            }
            _ => {}
        }
    }
    imports
}

#[test]
fn a_composed_program_runs_and_the_report_says_that_its_handles_are_not_visible() {
    let place = Place::new();
    compose(&place, &[programs::DROPS, "-o", "composed.wasm"])
        .assert_code(0)
        .assert_says(&["TMPDIR", "`/tmp`", "wasmtime run --dir DIR::/tmp composed.wasm"]);
    for storage in ["disk", "default"] {
        let ended = place.run(&[
            "--report",
            "text",
            "--report",
            "json=report.json",
            "composed.wasm",
            storage,
        ]);
        ended.assert_code(0).assert_says(&[
            "   provider composed   ",
            "handles      not visible: the provider is composed into the program\n",
            "receipt      0 entries left",
        ]);
        assert!(!ended.stderr.contains("created"), "{ended:#?}");
        let report = fs::read_to_string(place.path("report.json")).expect("it was written");
        let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
        assert_eq!(
            (&report["composed"], &report["provider"]),
            (&true.into(), &serde_json::Value::Null)
        );
        assert!(report["by_path"].as_u64().is_some_and(|made| made > 0), "{report}");
    }
    place.assert_nothing_left();
}

/// The host does not see handles, and still nothing is left of a crash.
#[test]
fn a_composed_program_that_crashes_leaves_nothing() {
    let place = Place::new();
    compose(&place, &[programs::TRAP_OPEN, "-o", "composed.wasm"]).assert_code(0);
    for (storage, found) in [("disk", 4 + 2 + 5), ("default", 4 + 2 + 1)] {
        let found = format!("found        {found} entries");
        place
            .run(&["--report", "text", "composed.wasm", storage])
            .assert_code(134)
            .assert_says(&[&found]);
        place.assert_nothing_left();
    }
}

#[test]
fn another_provider_is_composed_as_well() {
    let place = Place::new();
    compose(
        &place,
        &[programs::DROPS, "-o", "composed.wasm", "--provider", providers::SINLESS],
    )
    .assert_code(0)
    .assert_says(&["unless its provider says otherwise"]);
    place.run(&["composed.wasm", "disk"]).assert_code(0);
    // One that sins is not found out at the drop, but at the end.
    compose(
        &place,
        &[
            programs::CLOSE_EACH,
            "-o",
            "liar.wasm",
            "--provider",
            providers::CLOSE_LIES,
        ],
    )
    .assert_code(0);
    let ended = place.run(&["--report", "text", "liar.wasm", "disk"]);
    ended.assert_says(&["violations   0 ", "found        "]);
    place.assert_nothing_left();
}

#[test]
fn it_goes_through_pipes() {
    let place = Place::new();
    compose(&place, &[programs::DROPS, "-o", "composed.wasm"]).assert_code(0);
    let mut command = place.bare();
    command
        .args(["compose", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let program = fs::read(programs::DROPS).expect("it was built");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(&program)
        .expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    assert!(output.stdout == fs::read(place.path("composed.wasm")).expect("it was written"));
}

/// One version of WASI, that of the contract: every runtime since WASI 0.2.6 can link it.
#[test]
fn a_composed_program_imports_one_version_of_wasi() {
    let place = Place::new();
    compose(&place, &[programs::DROPS, "-o", "composed.wasm"]).assert_code(0);
    let imports = imports(&fs::read(place.path("composed.wasm")).expect("it was written"));
    assert!(
        imports
            .iter()
            .all(|import| import.starts_with("wasi:") && import.ends_with("@0.2.6")),
        "{imports:?}"
    );
    let expected = [
        "wasi:filesystem/preopens@0.2.6",
        "wasi:filesystem/types@0.2.6",
        "wasi:random/random@0.2.6",
    ];
    for import in expected {
        assert!(imports.contains(&import.to_owned()), "no {import} in {imports:?}");
    }
}

/// Where a program and a provider speak different versions of WASI 0.2, the newer one is what the result imports.
#[test]
fn other_versions_of_wasi_merge_into_one() {
    let place = Place::new();
    let older = place.file("older.wat", OLDER);
    compose(&place, &[&older, "-o", "composed.wasm"]).assert_code(0);
    let imports = imports(&fs::read(place.path("composed.wasm")).expect("it was written"));
    let clocks: Vec<&String> = imports
        .iter()
        .filter(|import| import.starts_with("wasi:io/error"))
        .collect();
    assert_eq!(clocks, ["wasi:io/error@0.2.6"], "{imports:?}");
}

/// A program that asks for the limits of its space, and was made for WASI 0.2.0.
const OLDER: &str = r#"
    (component
        (import "wasi:io/error@0.2.0" (instance (export "error" (type (sub resource)))))
        (import "scratch:tempfile/space@0.1.0" (instance (export "get-path" (func (result (option string))))))
        (core module $module (func (export "run") (result i32) i32.const 0))
        (core instance $instance (instantiate $module))
        (func $run (result (result)) (canon lift (core func $instance "run")))
        (instance $command (export "run" (func $run)))
        (export "wasi:cli/run@0.2.0" (instance $command)))
"#;

#[test]
fn a_program_without_use_for_a_provider_is_refused() {
    let place = Place::new();
    for program in [programs::NO_SCRATCH, modules::NO_SCRATCH] {
        compose(&place, &[program, "-o", "out.wasm"]).assert_refused(
            1,
            &[
                "`no-scratch.wasm` does not import `scratch:tempfile`",
                "it has no use for a provider",
            ],
        );
    }
    compose(&place, &[programs::DROPS, "-o", "composed.wasm"]).assert_code(0);
    compose(&place, &["composed.wasm", "-o", "out.wasm"]).assert_refused(1, &["a provider is plugged in already"]);
    assert!(!place.path("out.wasm").exists());
}

#[test]
fn what_does_not_fit_is_refused() {
    let place = Place::new();
    let other = place.file(
        "other.wat",
        OLDER.replace("tempfile/space@0.1.0", "tempfile/space@0.9.0"),
    );
    compose(&place, &[&other, "-o", "out.wasm"]).assert_refused(
        1,
        &[
            "`other.wat` imports `scratch:tempfile/space@0.9.0`",
            "this host provides version 0.1.0",
        ],
    );
    let differs = place.file("differs.wat", OLDER.replace("(option string)", "string"));
    compose(&place, &[&differs, "-o", "out.wasm"])
        .assert_refused(1, &["`differs.wat` cannot be composed with the provider `guest`"]);
    for (provider, message) in [
        (providers::OTHER_VERSION, "it was made for another version"),
        (providers::NO_INTERFACE, "it is not a provider"),
        (programs::DROPS, "it is not a provider"),
    ] {
        compose(&place, &[programs::DROPS, "-o", "out.wasm", "--provider", provider]).assert_refused(1, &[message]);
    }
    let garbage = place.file("garbage.wasm", "no Wasm at all (");
    compose(&place, &[&garbage, "-o", "out.wasm"]).assert_refused(1, &["`garbage.wasm` is not a WebAssembly file"]);
    compose(&place, &["nowhere.wasm", "-o", "out.wasm"]).assert_refused(1, &["`nowhere.wasm`", "No such file"]);
    assert!(!place.path("out.wasm").exists());
}

#[test]
fn the_program_is_not_overwritten() {
    let place = Place::new();
    let program = place.copy(programs::DROPS);
    let before = fs::read(&program).expect("it is there");
    compose(&place, &[&program, "-o", &program]).assert_refused(1, &["would be overwritten"]);
    let provider = place.copy(providers::SINLESS);
    compose(&place, &[&program, "-o", &provider, "--provider", &provider]).assert_refused(1, &["would be overwritten"]);
    assert!(fs::read(&program).expect("it is there") == before);
    compose(&place, &[&program, "-o", "no/such/folder.wasm"])
        .assert_refused(1, &["`no/such/folder.wasm`", "No such file"]);
}

#[test]
fn wrong_usage_is_said() {
    let place = Place::new();
    compose(&place, &[]).assert_usage(&["PROGRAM.wasm"]);
    compose(&place, &["a", "b"]).assert_usage(&["unexpected argument 'b'"]);
}
