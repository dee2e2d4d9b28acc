//! `scratch sweep` and `scratch list`.

use std::fs;

use rustix::process::Signal;
use scratch_tests::programs;
use serde_json::Value;

use crate::support::{Place, Running};

/// Leaves what a host leaves that is killed with everything open.
fn kill_one(place: &Place, label: &str) {
    let mut running = place.start(&["--label", label, programs::SLEEP_FOREVER, "disk"]);
    running.wait_until_ready();
    running.signal(Signal::KILL);
    assert_eq!(running.end().code, None);
}

fn live(place: &Place) -> Running {
    let mut running = place.start(&["--label", "alive", programs::SLEEP_FOREVER, "disk"]);
    running.wait_until_ready();
    running
}

#[test]
fn a_killed_hosts_files_are_listed_and_gone_after_a_sweep() {
    let place = Place::new();
    kill_one(&place, "tenant 7");
    let list = place.sub(&["list"]);
    list.assert_code(1);
    let lines: Vec<&str> = list.stdout.lines().collect();
    assert!(lines[0].starts_with("state  label"), "{list:#?}");
    assert!(lines[1].starts_with("stale  tenant 7  "), "{list:#?}");
    assert!(lines[1].contains(" of 1.00 GiB  11 of 65,536  scratch "), "{list:#?}");
    let json: Value = serde_json::from_str(&place.sub(&["list", "--json"]).stdout).expect("JSON");
    let limits = (&json["spaces"][0]["max_bytes"], &json["spaces"][0]["max_entries"]);
    assert_eq!(limits, (&(1_u64 << 30).into(), &65_536.into()), "{json:#}");
    assert_eq!(
        lines[2],
        "0 live, 1 stale, 0 residue; no hosts: run `scratch sweep` to remove what is stale"
    );

    let before = place.left();
    let dry = place.sub(&["sweep", "--dry-run"]);
    dry.assert_code(1);
    assert!(
        dry.stdout
            .starts_with("scratch: 1 directory of dead hosts, with 11 entries and "),
        "{dry:#?}"
    );
    assert_eq!(place.left(), before);

    let sweep = place.sub(&["sweep"]);
    sweep.assert_code(0);
    assert!(
        sweep.stdout.starts_with("scratch: 1 dead host, 15 entries with "),
        "{sweep:#?}"
    );
    place.assert_nothing_left();
    place.sub(&["sweep", "--dry-run"]).assert_code(0);
    let list = place.sub(&["list"]);
    list.assert_code(0);
    assert_eq!(list.stdout, "0 live, 0 stale, 0 residue; no hosts: nothing to do\n");
}

#[test]
fn a_killed_hosts_files_are_gone_after_the_next_run() {
    let place = Place::new();
    kill_one(&place, "one");
    // Long enough for the background to be through with 15 entries.
    place.run(&[programs::GUIDE]).assert_clean(3);
    place.sub(&["sweep"]).assert_code(0);
    place.assert_nothing_left();
}

#[test]
fn a_sweep_does_not_touch_what_is_in_use() {
    let place = Place::new();
    let running = live(&place);
    let before = place.left();
    kill_one(&place, "dead");
    place.sub(&["sweep"]).assert_code(0);
    assert_eq!(place.left(), before);
    let list = place.sub(&["list"]);
    list.assert_code(0);
    assert!(
        list.stdout
            .contains("1 live, 0 stale, 0 residue; 1 host: nothing to do"),
        "{list:#?}"
    );
    running.signal(Signal::TERM);
    running.end().assert_code(128 + 15);
    place.assert_nothing_left();
}

#[test]
fn lists_and_sweeps_are_json_too() {
    let place = Place::new();
    kill_one(&place, "tenant-7");
    let list = place.sub(&["list", "--json"]);
    list.assert_code(1);
    let list: Value = serde_json::from_str(&list.stdout).expect("JSON");
    let space = &list["spaces"][0];
    assert_eq!(
        (&space["state"], &space["label"]),
        (&"stale".into(), &"tenant-7".into())
    );
    assert_eq!(space["entries"], 11);
    assert_eq!(space["holder"]["program"], "scratch");
    let to = format!("json={}", place.text("swept.json"));
    place.sub(&["sweep", "--report", &to]).assert_code(0);
    let swept: Value = serde_json::from_slice(&fs::read(place.path("swept.json")).expect("written")).expect("JSON");
    assert_eq!((&swept["hosts"], &swept["entries"]), (&1.into(), &15.into()));
}

#[test]
fn where_there_is_no_base_there_is_nothing_to_do_and_nothing_is_made() {
    let place = Place::new();
    for args in [&["list"][..], &["sweep"], &["sweep", "--dry-run"], &["list", "--json"]] {
        place.sub(args).assert_code(0);
        assert!(!place.base().exists(), "{args:?}");
    }
}

#[test]
fn what_is_no_base_is_refused_and_not_swept() {
    let place = Place::new();
    let base = place.dir("base", 0o700);
    place.file("base/mine.txt", "mine");
    for args in [&["list"][..], &["sweep"], &["sweep", "--dry-run"]] {
        place
            .sub(args)
            .assert_refused(125, &[&base, "is not a base", "`mine.txt`"]);
    }
    fs::write(place.path("base/layout"), "scratch base, layout 9\n").expect("ours");
    for args in [&["list"][..], &["sweep"], &["sweep", "--dry-run"]] {
        place.sub(args).assert_refused(125, &[&base, "layout 9"]);
    }
    assert_eq!(
        fs::read_to_string(place.path("base/mine.txt")).expect("still there"),
        "mine"
    );
}

#[test]
fn what_is_not_ours_is_named_and_what_is_in_use_is_not_counted() {
    let place = Place::new();
    let running = live(&place);
    kill_one(&place, "dead");
    place.file("base/mine.txt", "mine");
    let foreign = "not made by scratch, and left alone: `mine.txt`\n";
    let list = place.sub(&["list"]);
    assert!(list.stdout.ends_with(foreign), "{list:#?}");
    let to = format!("json={}", place.text("dry.json"));
    let dry = place.sub(&["sweep", "--dry-run", "--report", &to]);
    dry.assert_code(1);
    assert!(
        dry.stdout
            .starts_with("scratch: 1 directory of dead hosts, with 11 entries and "),
        "{dry:#?}"
    );
    assert!(
        !dry.stdout.contains(" and 0 B:") && dry.stdout.ends_with(foreign),
        "{dry:#?}"
    );
    let json: Value = serde_json::from_slice(&fs::read(place.path("dry.json")).expect("written")).expect("JSON");
    assert_eq!(
        (&json["dry_run"], &json["foreign"][0]),
        (&true.into(), &"mine.txt".into())
    );
    assert_eq!(json["spaces"].as_array().map(Vec::len), Some(1));
    let sweep = place.sub(&["sweep"]);
    sweep.assert_code(0);
    assert!(sweep.stdout.ends_with(foreign), "{sweep:#?}");
    running.signal(Signal::TERM);
    running.end().assert_code(128 + 15);
}
