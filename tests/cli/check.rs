//! `scratch check`: the conformance suite as a tool. The suite itself is in `tests/conformance.rs`.

use std::fs;

use scratch_conformance::CASES;
use scratch_tests::{programs, providers};
use serde_json::Value;

use crate::support::{Ended, Place, ended};

/// Runs `scratch check ARGS` in the place.
fn check(place: &Place, args: &[&str]) -> Ended {
    ended(place.bare().arg("check").args(args))
}

/// The same with the JSON that it wrote.
fn check_to_json(place: &Place, args: &[&str]) -> (Ended, Value) {
    let json = place.text("check.json");
    let ended = ended(place.bare().arg("check").args(args).args(["--json", &json]));
    let json = fs::read_to_string(&json).unwrap_or_else(|error| panic!("{error}: {ended:#?}"));
    (ended, serde_json::from_str(&json).expect("JSON"))
}

/// The runs with that verdict: case, mode, storage, reason.
fn runs<'a>(json: &'a Value, verdict: &str) -> Vec<[&'a str; 4]> {
    let all = json["runs"].as_array().expect("a list").iter();
    all.filter(|run| run["verdict"] == verdict)
        .map(|run| ["case", "mode", "storage", "reason"].map(|field| run[field].as_str().unwrap_or_default()))
        .collect()
}

/// Each bad provider fails in the case that names its sin.
#[test]
fn every_sin_has_its_case() {
    let place = Place::new();
    for (provider, case, mode, reason) in [
        (
            providers::DROP_DOES_NOTHING,
            "drop-file",
            "linked",
            "violation: drop of a temporary-file: left-behind",
        ),
        (
            providers::DROP_DOES_NOTHING,
            "drop-file",
            "composed",
            "left in the space",
        ),
        (
            providers::DROP_DOES_NOTHING,
            "drop-directory",
            "composed",
            "a dropped directory is still there",
        ),
        (
            providers::CLOSE_LIES,
            "close-file",
            "linked",
            "violation: close of a temporary-file: left-behind",
        ),
        (
            providers::CLOSE_LIES,
            "close-directory",
            "composed",
            "left in the space",
        ),
        (
            providers::REMOVES_HALF,
            "drop-directory-made-by-path",
            "linked",
            "violation: drop of a temporary-directory: left-behind",
        ),
        (
            providers::HIDES_EXTRA,
            "nothing-beside",
            "linked",
            "more than one entry for a file: [\"extra-",
        ),
        (
            providers::HIDES_EXTRA,
            "nothing-beside",
            "composed",
            "more than one entry for a file",
        ),
        (
            providers::SHARED_ROOT,
            "nothing-shared",
            "composed",
            "not directly in the space",
        ),
        (
            providers::KEEPS_AT_START,
            "nothing-kept",
            "linked",
            "violation: get-path of a provider: left-behind `started`",
        ),
        (providers::KEEPS_AT_START, "nothing-kept", "composed", "started"),
        (providers::STEALS_BY_RENAME, "others-stay", "composed", "no-entry"),
        (
            providers::TRAPS_IN_DROP,
            "drop-returns",
            "linked",
            "violation: drop of a temporary-file: trapped",
        ),
        (
            providers::TRAPS_IN_DROP,
            "drop-returns",
            "composed",
            "the provider trapped on purpose, in a drop",
        ),
    ] {
        let (ended, json) = check_to_json(&place, &[provider, "--case", case, "--mode", mode]);
        ended.assert_code(1);
        let failed = runs(&json, "failed");
        assert!(
            failed.iter().any(|run| run[3].contains(reason)),
            "{provider} {case} {mode}: {ended:#?}"
        );
        assert!(ended.stdout.contains("FAILED"), "{ended:#?}");
    }
}

/// A provider that never returns does not keep a person waiting: after some runs the rest is not run, which is no pass.
#[test]
fn a_provider_that_loops_ends() {
    let place = Place::new();
    let cases = [
        "drop-returns",
        "drop-file",
        "nothing-beside",
        "others-stay",
        "drop-directory",
        "close-file",
    ];
    let cases = cases.iter().flat_map(|case| ["--case", case]);
    let args: Vec<&str> = [providers::LOOPS_IN_DROP, "--timeout", "500ms"]
        .into_iter()
        .chain(cases)
        .collect();
    let (ended, json) = check_to_json(&place, &args);
    ended.assert_code(1);
    let (failed, not_run) = (runs(&json, "failed"), runs(&json, "not-run"));
    assert!(
        failed
            .iter()
            .any(|run| run[3].contains("did not return from a drop within 250ms")),
        "{failed:#?}"
    );
    assert!(!not_run.is_empty(), "{ended:#?}");
    assert!(ended.stdout.contains("not run from "), "{ended:#?}");
}

#[test]
fn a_sinless_provider_passes_but_for_what_is_known_of_it() {
    let place = Place::new();
    let known = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/conformance/expectations/sinless.toml"
    );
    let (ended, json) = check_to_json(&place, &[providers::SINLESS, "--known", known, "--timeout", "300"]);
    ended.assert_code(0);
    assert_eq!(json["failed"], 0);
    assert!(json["known"].as_u64() > Some(0), "{json}");
    assert_eq!(json["cases"].as_u64(), u64::try_from(CASES.len()).ok());
}

#[test]
fn the_table_has_a_row_for_each_case_and_a_column_for_each_storage() {
    let place = Place::new();
    let ended = check(&place, &["guest", "--case", "drop-file", "--case", "space-path"]);
    ended.assert_code(0);
    let lines: Vec<Vec<&str>> = ended
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(lines[0], ["linked", "composed"]);
    assert_eq!(lines[1], ["case", "disk", "default", "disk", "default"]);
    assert_eq!(lines[2], ["drop-file", "ok", "ok", "ok", "ok"]);
    assert_eq!(lines[3][0], "space-path");
    let last = ended.stdout.lines().last().expect("a line");
    assert!(last.starts_with("scratch: guest: 2 cases, "), "{last}");
    assert!(last.ends_with(" 0 known, 0 failed"), "{last}");
}

#[test]
fn a_known_difference_that_is_none_any_more_fails() {
    let place = Place::new();
    let known = "[[difference]]\ncase = 'drop-file'\nstorage = 'disk'\nmode = 'linked'\nreason = 'so it was'\n";
    let known = place.file("known.toml", known);
    let (ended, json) = check_to_json(&place, &["guest", "--case", "drop-file", "--known", &known]);
    ended.assert_code(1);
    let failed = runs(&json, "failed");
    let [[case, mode, storage, reason]] = &failed[..] else {
        panic!("{failed:#?}")
    };
    assert_eq!((*case, *mode, *storage), ("drop-file", "linked", "disk"));
    assert!(reason.contains("known differences: so it was"), "{reason}");
}

#[test]
fn the_cases_are_listed() {
    let place = Place::new();
    let ended = check(&place, &["--list"]);
    ended.assert_code(0);
    assert_eq!(ended.stdout.lines().count(), CASES.len());
    for (line, case) in ended.stdout.lines().zip(CASES) {
        assert!(line.starts_with(case.name) && line.ends_with(case.summary), "{line}");
    }
}

#[test]
fn what_is_no_provider_is_refused() {
    let place = Place::new();
    for (provider, message) in [
        (providers::OTHER_VERSION, "it was made for another version"),
        (providers::NO_INTERFACE, "it is not a provider"),
        (programs::DROPS, "it is not a provider"),
        ("nowhere.wasm", "No such file"),
    ] {
        check(&place, &[provider]).assert_refused(1, &[message]);
    }
    let known = place.file("known.toml", "[[difference]]\ncase = 'none-such'\nreason = 'x'\n");
    check(&place, &["guest", "--known", &known]).assert_refused(1, &["known.toml", "there is no case `none-such`"]);
    check(&place, &["guest", "--known", "nowhere.toml"]).assert_refused(1, &["`nowhere.toml`", "No such file"]);
}

#[test]
fn wrong_usage_is_said() {
    let place = Place::new();
    check(&place, &[]).assert_usage(&["PROVIDER.wasm"]);
    check(&place, &["guest", "--case", "none-such"]).assert_usage(&["there is no such case"]);
    check(&place, &["guest", "--mode", "none"]).assert_usage(&["invalid value 'none'"]);
    check(&place, &["guest", "--mode", "native"]).assert_usage(&["`guest` is not provided in the mode `native`"]);
    check(&place, &["native", "--mode", "linked"]).assert_usage(&["`native` is not provided in the mode `linked`"]);
    check(&place, &["guest", "--timeout", "0"]).assert_usage(&["a deadline of 0"]);
}
