//! The receipt: one line, the whole text, and JSON whose form is fixed here.

use std::fs;
use std::os::unix::fs::symlink;

use rustix::process::Signal;
use scratch_tests::{programs, providers};
use serde_json::{Value, json};

use crate::support::{Ended, Place, ended};

/// Runs with `--report json=PATH`; what ended, and the report.
fn run(place: &Place, args: &[&str]) -> (Ended, Value) {
    let to = format!("json={}", place.text("report.json"));
    let ended = place.run(&[&["--report", &to][..], args].concat());
    (ended, read_json(place))
}

fn read_json(place: &Place) -> Value {
    let text = fs::read_to_string(place.path("report.json")).expect("a report");
    assert_eq!(text.lines().count(), 1, "one object on one line: {text}");
    assert!(text.ends_with('\n'), "{text:?}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The form of a value: every key, and the type of what stands there.
fn form(value: &Value) -> Value {
    match value {
        Value::Null => json!("null"),
        Value::Bool(_) => json!("bool"),
        Value::Number(number) if number.is_u64() => json!("count"),
        Value::Number(number) if number.is_f64() => json!("seconds"),
        Value::Number(_) => json!("negative"),
        Value::String(_) => json!("text"),
        Value::Array(items) => {
            let mut forms: Vec<Value> = items.iter().map(form).collect();
            forms.dedup();
            Value::Array(forms)
        }
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), form(value))).collect(),
    }
}

/// The form of every report, for how it ended and what it lists.
fn expected(outcome: &Value, label: &str, provider: &str, violations: &Value, residue: &Value) -> Value {
    let counts = json!({
        "created": "count",
        "dropped": "count",
        "closed": "count",
        "kept": "count",
        "persisted": "count",
        "by_host": "count",
    });
    let level = json!({
        "peak": "count",
        "now": "count",
        "limit": "count",
        "refused": "count",
    });
    json!({
        "schema": "count",
        "program": "text",
        "provider": provider,
        "composed": "bool",
        "outcome": outcome,
        "elapsed_seconds": "seconds",
        "label": label,
        "files": counts,
        "directories": counts,
        "by_path": "count",
        "usage": {
            "bytes": level,
            "memory": level,
            "entries": level,
            "open_files": level,
            "depth_refused": "count",
            "file_bytes_refused": "count",
            "bytes_written": "count",
        },
        "deferred": "bool",
        "kept_in": "null",
        "links_left_out": "count",
        "violation_count": "count",
        "violations": violations,
        "residue_count": "count",
        "residue": residue,
        "receipt": {
            "entries_found": "count",
            "bytes_found": "count",
            "entries_left": "count",
            "microseconds": "count",
        },
    })
}

fn exit() -> Value {
    json!({ "kind": "text", "code": "count" })
}

#[test]
fn the_json_of_an_exit() {
    let place = Place::new();
    let (ended, report) = run(&place, &["--label", "tenant-7", programs::NEVER_DROPPED, "disk"]);
    assert_eq!(form(&report), expected(&exit(), "text", "text", &json!([]), &json!([])));
    assert_eq!(report["schema"], 1);
    assert_eq!(report["program"], "never-dropped.wasm");
    assert_eq!(report["provider"], "guest");
    assert_eq!(report["label"], "tenant-7");
    assert_eq!(report["outcome"], json!({ "kind": "exit", "code": 0 }));
    let files = json!({ "created": 5, "dropped": 0, "closed": 0, "kept": 0, "persisted": 0, "by_host": 5 });
    assert_eq!(report["files"], files);
    assert_eq!(
        (&report["directories"]["created"], &report["directories"]["by_host"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(
        (&report["receipt"]["entries_found"], &report["receipt"]["entries_left"]),
        (&json!(11), &json!(0))
    );
    assert_eq!(
        (&report["violation_count"], &report["residue_count"]),
        (&json!(0), &json!(0))
    );

    assert_eq!(ended.stdout, "forgot everything\n", "only the program's output");
    ended.assert_summary("11 made, 11 found at the end, 0 left");
    place.assert_nothing_left();
}

#[test]
fn the_json_of_a_program_that_asks_for_nothing() {
    let place = Place::new();
    let (ended, report) = run(&place, &[programs::P1_EXIT, "7"]);
    ended.assert_code(1);
    assert_eq!(form(&report), expected(&exit(), "null", "null", &json!([]), &json!([])));
    assert_eq!(report["outcome"], json!({ "kind": "exit", "code": 1 }));
}

#[test]
fn the_json_of_a_trap() {
    let place = Place::new();
    let (ended, report) = run(&place, &[programs::TRAP_OPEN, "disk"]);
    let outcome = json!({ "kind": "text", "message": "text", "backtrace": ["text"] });
    assert_eq!(
        form(&report),
        expected(&outcome, "null", "text", &json!([]), &json!([]))
    );
    assert_eq!(report["outcome"]["kind"], "trap");
    let message = report["outcome"]["message"].as_str().expect("text");
    assert!(
        message.contains("unreachable") && !message.contains('\n'),
        "{message:?}"
    );
    let frames = report["outcome"]["backtrace"].as_array().expect("a list");
    assert!(
        frames
            .iter()
            .any(|frame| frame.as_str().is_some_and(|frame| frame.contains("trap_open::main")))
    );
    assert_eq!(ended.stdout, "");
    place.assert_nothing_left();
}

#[test]
fn the_json_of_a_deadline() {
    let place = Place::new();
    let (ended, report) = run(&place, &["-W", "timeout=300ms", programs::SLEEP_FOREVER, "disk"]);
    let outcome = json!({ "kind": "text", "after_seconds": "seconds" });
    assert_eq!(
        form(&report),
        expected(&outcome, "null", "text", &json!([]), &json!([]))
    );
    assert_eq!(report["outcome"]["kind"], "deadline");
    let after = report["outcome"]["after_seconds"].as_f64().expect("seconds");
    let elapsed = report["elapsed_seconds"].as_f64().expect("seconds");
    assert!((0.3..=elapsed).contains(&after), "{report}");
    ended.assert_code(124);
    place.assert_nothing_left();
}

#[test]
fn the_json_of_a_signal() {
    let place = Place::new();
    let to = format!("json={}", place.text("report.json"));
    let mut running = place.start(&["-W", "timeout=120", "--report", &to, programs::SPIN, "disk"]);
    running.wait_until_ready();
    running.signal(Signal::TERM);
    running.end().assert_code(143);
    let report = read_json(&place);
    let outcome = json!({ "kind": "text", "number": "count" });
    assert_eq!(
        form(&report),
        expected(&outcome, "null", "text", &json!([]), &json!([]))
    );
    assert_eq!(report["outcome"], json!({ "kind": "signal", "number": 15 }));
    place.assert_nothing_left();
}

#[test]
fn the_json_of_a_violation() {
    let place = Place::new();
    let (ended, report) = run(
        &place,
        &["--provider", providers::DROP_DOES_NOTHING, programs::DROPS, "disk"],
    );
    let violations = json!([{ "resource": "text", "call": "text", "kind": "text", "entries": ["text"] }]);
    assert_eq!(
        form(&report),
        expected(&exit(), "null", "text", &violations, &json!([]))
    );
    assert_eq!(report["provider"], "drop_does_nothing.wasm");
    let listed = report["violations"].as_array().expect("a list");
    assert_eq!(report["violation_count"], listed.len());
    assert!(!listed.is_empty());
    for violation in listed {
        assert_eq!(
            (&violation["call"], &violation["kind"]),
            (&json!("drop"), &json!("left-behind")),
            "{violation}"
        );
        let resource = violation["resource"].as_str().expect("text");
        assert!(
            ["temporary-file", "temporary-directory"].contains(&resource),
            "{violation}"
        );
    }
    // The program met no difference, and the host removed what was left: but it is said.
    ended.assert_code(0).assert_says(&[
        "scratch: the provider broke the contract: ",
        "\nscratch:   drop of a temporary-file: left-behind `",
        " 0 left",
    ]);
    assert_eq!(report["receipt"]["entries_left"], 0);
    place.assert_nothing_left();
}

#[test]
fn the_host_provides_unless_it_is_told_otherwise() {
    let place = Place::new();
    let provider = |env: Option<&str>, flags: &[&str]| {
        let mut command = place.scratch();
        command.env_remove("SCRATCH_PROVIDER");
        if let Some(env) = env {
            command.env("SCRATCH_PROVIDER", env);
        }
        let to = format!("json={}", place.text("report.json"));
        ended(command.args(["--report", &to]).args(flags).arg(programs::GUIDE)).assert_code(0);
        read_json(&place)["provider"].clone()
    };
    assert_eq!(provider(None, &[]), "native");
    assert_eq!(provider(Some("guest"), &[]), "guest");
    assert_eq!(provider(Some("guest"), &["--provider", "native"]), "native");
    assert_eq!(provider(None, &["--provider", "guest"]), "guest");
}

#[test]
fn a_clean_run_says_one_line() {
    let place = Place::new();
    let ended = place.run(&[programs::GUIDE]);
    ended.assert_clean(3);
    assert!(ended.stdout.contains("Hello, world!"));
    place
        .run(&[programs::MANY, "default"])
        .assert_code(0)
        .assert_summary("6,000 made, 0 left");
    place.assert_nothing_left();
}

#[test]
fn an_exit_with_an_error_says_one_line_too() {
    let place = Place::new();
    let ended = place.run(&[programs::EARLY_ERROR, "disk"]);
    ended.assert_code(1);
    let ours: Vec<&str> = ended
        .stderr
        .lines()
        .filter(|line| !line.starts_with("Error: "))
        .collect();
    assert_eq!(ours, ["scratch: 11 made, 0 left, peak 64 bytes"], "{ended:#?}");
}

#[test]
fn the_whole_report_is_printed_if_asked_for() {
    let place = Place::new();
    let ended = place.run(&[
        "--report",
        "text",
        "--label",
        "tenant-7",
        programs::NEVER_DROPPED,
        "disk",
    ]);
    ended.assert_code(0);
    let lines: Vec<&str> = ended.stderr.lines().collect();
    let [
        head,
        columns,
        files,
        directories,
        by_path,
        usage @ ..,
        violations,
        found,
        receipt,
    ] = &lines[..]
    else {
        panic!("the whole report: {ended:#?}")
    };
    let start = "scratch: never-dropped.wasm   label tenant-7   provider guest   exit 0   ";
    let seconds = head.strip_prefix(start).and_then(|rest| rest.strip_suffix(" s"));
    seconds.expect(head).parse::<f64>().expect("seconds");
    assert_eq!(
        *columns,
        "             created  dropped  closed  kept  persisted  by host"
    );
    assert_eq!(
        *files,
        "files              5        0       0     0          0        5"
    );
    assert_eq!(
        *directories,
        "directories        2        0       0     0          0        2"
    );
    assert_eq!(*by_path, "by path            4");
    assert_eq!(
        usage,
        [
            "                  peak         now       limit  refused",
            "bytes         57 bytes    57 bytes       1 GiB        0",
            "memory         7 bytes     0 bytes      16 MiB        0",
            "entries             11          11      65,536        0",
            "open files           7           0         256        0",
        ]
    );
    assert_eq!(*violations, "violations   0     residue 0");
    assert!(found.starts_with("found        11 entries with "), "{found}");
    assert!(found.ends_with(" at the end, removed by the host"), "{found}");
    assert!(
        receipt.starts_with("receipt      0 entries left, counted in "),
        "{receipt}"
    );
    assert_eq!(ended.stdout, "forgot everything\n");
    place.assert_nothing_left();
}

#[test]
fn the_text_of_a_clean_run_has_no_more_to_say_than_it_was_clean() {
    let place = Place::new();
    let ended = place.run(&["--report", "text", programs::NO_SCRATCH]);
    ended.assert_code(0).assert_says(&["label -   provider -   exit 0"]);
    assert_eq!(ended.stderr.lines().count(), 12, "{ended:#?}");
}

#[test]
fn a_trap_says_where_it_was_and_in_the_whole_report_all_that_was_there() {
    let place = Place::new();
    let ended = place.run(&["--report", "none", programs::TRAP_OPEN, "disk"]);
    let ours: Vec<&str> = ended
        .stderr
        .lines()
        .filter(|line| line.starts_with("scratch: "))
        .collect();
    let [trapped, at, more] = &ours[..] else {
        panic!("three lines: {ended:#?}")
    };
    assert_eq!(
        *trapped,
        "scratch: `trap-open.wasm` trapped: wasm trap: wasm `unreachable` instruction executed"
    );
    assert!(
        at.starts_with("scratch:   at ") && at.ends_with("!trap_open::main"),
        "{ended:#?}"
    );
    assert!(more.ends_with(" frames more: see --report text"), "{ended:#?}");

    let ended = place.run(&["--report", "text", programs::TRAP_OPEN, "disk"]);
    ended.assert_code(134).assert_says(&[
        "scratch: trap-open.wasm   label -   provider guest   trap   ",
        "\ntrap         wasm trap: wasm `unreachable` instruction executed\n",
        "!trap_open::main\n",
        "\nfiles              5        0       0     0          0        5\n",
        "\nfound        11 entries with ",
        "\nreceipt      0 entries left, counted in ",
    ]);
    place.assert_nothing_left();
}

#[test]
fn a_report_can_be_had_in_both_forms() {
    let place = Place::new();
    let (ended, report) = run(&place, &["--report", "text", programs::GUIDE]);
    ended.assert_code(0).assert_says(&["receipt      0 entries left"]);
    assert_eq!(report["receipt"]["entries_left"], 0);
}

#[test]
fn a_report_that_cannot_be_written_is_a_failure_of_ours() {
    let place = Place::new();
    // Whether there is room is only known in the end.
    let ended = place.run(&["--report", "json=/dev/full", programs::NEVER_DROPPED, "disk"]);
    ended
        .assert_code(125)
        .assert_says(&["failed to write to `/dev/full`", "No space left"]);
    place.assert_nothing_left();
}

#[test]
fn no_report_is_written_for_what_did_not_start() {
    let place = Place::new();
    let to = format!("json={}", place.text("report.json"));
    place
        .run(&["--report", &to, "nowhere.wasm"])
        .assert_refused(1, &["`nowhere.wasm`"]);
    assert!(!place.path("report.json").exists());
}

/// Something in the space that its user may not delete: a full directory of root's.
#[test]
fn what_cannot_be_removed_is_reported_and_ends_with_125() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can give somebody something that he cannot delete");
        return;
    }
    let place = Place::new();
    let Some(mut command) = place.scratch_as_ordinary_user() else {
        return;
    };
    let program = place.copy(programs::SYMLINK_TRAP);
    let to = format!("json={}", place.text("report.json"));
    let mut running = crate::support::Running::start(command.args(["--report", &to, &program]));
    running.wait_until_ready();
    let space = place.space();
    symlink("/nowhere", space.join("planted")).expect("a link");
    fs::create_dir(space.join("stuck")).expect("a directory");
    fs::write(space.join("stuck/file.txt"), "stays").expect("a file");
    running.say("\n");
    let ended = running.end();

    let report = read_json(&place);
    let residue = json!([{ "entry": "text", "reason": "text" }]);
    assert_eq!(form(&report), expected(&exit(), "null", "text", &json!([]), &residue));
    assert_eq!(report["outcome"]["code"], 0, "the program itself succeeded");
    let listed = report["residue"].as_array().expect("a list");
    assert_eq!(report["residue_count"], listed.len());
    assert!(listed.iter().any(|residue| residue["entry"] == "stuck"), "{report}");
    assert!(report["receipt"]["entries_left"].as_u64() >= Some(2), "{report}");
    ended
        .assert_code(125)
        .assert_says(&["could not be removed\nscratch:   `stuck`: Permission denied"]);

    // It is in the trash, out of every program's reach, and the rest is gone.
    let left = place.left();
    let is_in_trash = |path: &&std::path::PathBuf| path.iter().nth(1).is_some_and(|part| part == "trash");
    let trash: Vec<_> = left.iter().filter(is_in_trash).collect();
    assert!(trash.iter().any(|path| path.ends_with("stuck/file.txt")), "{left:#?}");
    assert!(
        !left
            .iter()
            .any(|path| path.iter().nth(1).is_some_and(|part| part == "spaces")),
        "{left:#?}"
    );
    assert!(!left.iter().any(|path| path.ends_with("planted")), "{left:#?}");

    // The next run in this base is clean.
    let Some(mut again) = place.scratch_as_ordinary_user() else {
        return;
    };
    let clean = place.copy(programs::GUIDE);
    crate::support::ended(again.arg(clean)).assert_clean(3);

    // It stands with the next host now, until it can be removed.
    let as_user = |arguments: &[&str]| place.sub_as_ordinary_user(arguments).expect("as before");
    let sweep = as_user(&["sweep"]);
    sweep.assert_code(1);
    assert!(sweep.stdout.contains("Permission denied"), "{sweep:?}");
    let list = as_user(&["list"]);
    list.assert_code(1);
    assert!(list.stdout.contains("0 live, 0 stale, 1 residue"), "{list:?}");
    let left = place.left();
    let stuck = left.iter().find(|path| path.ends_with("stuck")).expect("it stands");
    let nobody = Some(crate::support::NOBODY);
    std::os::unix::fs::chown(place.base().join(stuck), nobody, nobody).expect("we are root");
    let sweep = as_user(&["sweep"]);
    sweep.assert_code(0);
    assert_eq!(
        as_user(&["list"]).stdout,
        "0 live, 0 stale, 0 residue; no hosts: nothing to do\n"
    );
    place.assert_nothing_left();
}

#[test]
fn a_report_goes_through_a_pipe() {
    let place = Place::new();
    let ended = ended(place.scratch().args(["--report", "json=/dev/stderr", programs::GUIDE]));
    ended.assert_code(0);
    let report = ended
        .stderr
        .lines()
        .find(|line| line.starts_with('{'))
        .expect("a line of JSON");
    let report: Value = serde_json::from_str(report).expect("JSON");
    assert_eq!(report["receipt"]["entries_left"], 0);
}
