//! `scratch run --keep-on-failure`, and what a second signal does to the clean-up.

use std::path::PathBuf;

use rustix::process::Signal;
use scratch_tests::{entries, modules, programs};

use crate::support::Place;

/// What was kept, if anything.
fn kept(place: &Place) -> Option<PathBuf> {
    let mut all = std::fs::read_dir(place.path("kept")).expect("it is there");
    let first = all.next().map(|entry| entry.expect("an entry").path());
    assert!(all.next().is_none(), "one run keeps one directory");
    first
}

#[test]
fn what_a_failed_run_had_is_moved_away_and_the_report_says_where() {
    for (program, code) in [
        (&[programs::TRAP_OPEN, "disk"][..], 134),
        (&["-W", "timeout=300ms", programs::SLEEP_FOREVER, "disk"], 124),
        (&[modules::P1_EXIT, "7"], 7),
    ] {
        let place = Place::new();
        let dir = place.dir("kept", 0o700);
        let json = format!("json={}", place.text("report.json"));
        let ended = place.run(
            &[
                &["--keep-on-failure", &dir, "--report", &json, "--report", "text"],
                program,
            ]
            .concat(),
        );
        ended.assert_code(code);
        let kept = kept(&place).expect("it failed with files open");
        let found = entries(&kept).len();
        let line = format!("kept         {found} entries with ");
        ended.assert_says(&[&line, kept.to_str().expect("text"), "receipt      0 entries left"]);
        let report = std::fs::read(place.path("report.json")).expect("it was written");
        let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
        assert_eq!(report["kept_in"], kept.to_str().expect("text"));
        place.assert_nothing_left();
    }
}

/// A link that a program made could lead anywhere once it is out of the space.
#[test]
fn symbolic_links_are_left_out_of_what_is_kept() {
    let place = Place::new();
    let dir = place.dir("kept", 0o700);
    let json = format!("json={}", place.text("report.json"));
    let ended = place.run(&[
        "--keep-on-failure",
        &dir,
        "--report",
        &json,
        "--report",
        "text",
        programs::TRAP_WITH_LINKS,
    ]);
    ended.assert_code(134);
    let kept = kept(&place).expect("it failed with files in its space");
    let found = entries(&kept);
    assert!(found.iter().all(|path| !kept.join(path).is_symlink()), "{found:?}");
    let found: Vec<&str> = found.iter().filter_map(|path| path.to_str()).collect();
    assert_eq!(found, ["below", "below/file", "file"]);
    ended.assert_says(&[
        "kept         3 entries with ",
        "left out     3 symbolic links of what was persisted or kept",
    ]);
    let report = std::fs::read(place.path("report.json")).expect("it was written");
    let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
    assert_eq!(report["links_left_out"], 3);
    place.assert_nothing_left();
}

#[test]
fn nothing_is_kept_of_a_run_that_succeeded_or_was_told_to_end() {
    let place = Place::new();
    let dir = place.dir("kept", 0o700);
    place
        .run(&["--keep-on-failure", &dir, programs::NEVER_DROPPED, "disk"])
        .assert_code(0);
    assert_eq!(kept(&place), None);
    let mut running = place.start(&["--keep-on-failure", &dir, programs::SLEEP_FOREVER, "disk"]);
    running.wait_until_ready();
    running.signal(Signal::TERM);
    running.end().assert_code(128 + 15);
    assert_eq!(kept(&place), None);
    place.assert_nothing_left();
}

#[test]
fn where_nothing_can_be_kept_nothing_starts() {
    let place = Place::new();
    let file = place.file("file", "mine");
    for dir in [place.text("nowhere"), file] {
        place
            .run(&["--keep-on-failure", &dir, programs::GUIDE])
            .assert_refused(2, &["cannot keep files in", &dir]);
    }
    place.assert_nothing_left();
}

/// The end of a space with many files takes its time: more signals do not shorten it.
#[test]
fn a_second_signal_does_not_make_it_leave_files() {
    let place = Place::new();
    let mut running = place.start(&[programs::SLEEP_FOREVER, "disk"]);
    running.wait_until_ready();
    let space = place.space();
    for dir in 0..20 {
        let dir = space.join(format!("dir-{dir}"));
        std::fs::create_dir(&dir).expect("ours");
        for file in 0..1000 {
            std::fs::write(dir.join(file.to_string()), "").expect("ours");
        }
    }
    for _ in 0..40 {
        running.signal(Signal::TERM);
        std::thread::sleep(std::time::Duration::from_millis(2));
        if running.has_ended() {
            break;
        }
    }
    running.end().assert_code(128 + 15);
    place.assert_nothing_left();
}
