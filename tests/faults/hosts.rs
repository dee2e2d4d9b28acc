//! Rows 23 to 25 and 36: who lives, and who is dead.

use std::fs::{self, File, FileTimes};
use std::process::{Child, Stdio};
use std::time::{Duration, SystemTime};

use rustix::process::Signal;
use scratch_tests::programs;
use serde_json::{Value, json};

use super::cli::{Ended, Place, entries};
use super::support::everything;
use super::{TREE_ENTRIES, assert_next_sweep_leaves_nothing, leave_dead_hosts, live_hosts, start_exec};

/// What the script reads at its end, if nobody has removed it.
const READ_ON: &str = r#"cat "$TMPDIR/a/b/c/three""#;

/// Starts `scratch sweep` with a report in the file `name`.
fn start_sweep(place: &Place, name: &str) -> Child {
    let mut command = place.bare();
    command.args(["sweep", "--base", &place.text("base")]);
    command.args(["--report", &format!("json={}", place.text(name))]);
    command.stdout(Stdio::null()).spawn().expect("it starts")
}

fn json_of(place: &Place, name: &str) -> Value {
    let text = fs::read_to_string(place.path(name)).expect("a report");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn row_23_hosts_that_start_at_once_sweep_each_dead_host_once_and_none_fails() {
    for _ in 0..4 {
        let place = Place::new();
        leave_dead_hosts(&place, 4);
        let names = ["a.json", "b.json", "c.json"];
        let mut sweeps = names.map(|name| start_sweep(&place, name));
        let runs = [(); 2].map(|()| {
            let mut command = place.bare();
            command.args(["exec", "--base", &place.text("base"), "--", "/bin/true"]);
            command.spawn().expect("it starts")
        });
        for sweep in &mut sweeps {
            assert!(sweep.wait().expect("ours").success(), "a sweep failed");
        }
        for mut run in runs {
            assert!(run.wait().expect("ours").success(), "a host failed");
        }
        // The two may have taken a dead host over, and ended before they had removed it.
        assert_next_sweep_leaves_nothing(&place);
    }
}

#[test]
fn row_23_sweeps_that_start_at_once_sweep_each_dead_host_once() {
    const DEAD: usize = 4;
    for _ in 0..4 {
        let place = Place::new();
        leave_dead_hosts(&place, DEAD);
        let names = ["a.json", "b.json", "c.json", "d.json"];
        for mut sweep in names.map(|name| start_sweep(&place, name)) {
            assert!(sweep.wait().expect("ours").success(), "a sweep failed");
        }
        let reports = names.map(|name| json_of(&place, name));
        let sum = |key: &str| -> u64 {
            let all = reports.iter();
            all.map(|report| report[key].as_u64().expect("a count")).sum()
        };
        let dead = u64::try_from(DEAD).expect("it is small");
        assert_eq!((sum("hosts"), sum("residue_count")), (dead, 0), "{reports:#?}");
        // A host's directory, the two in it, and a space.
        assert_eq!(sum("entries"), dead * (3 + 1 + TREE_ENTRIES), "{reports:#?}");
        place.assert_nothing_left();
    }
}

fn sweep(place: &Place) -> Ended {
    let ended = place.sub(&["sweep"]);
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    ended
}

#[test]
fn row_24_sweep_beside_a_live_host() {
    let place = Place::new();
    let mut exec = start_exec(&place, READ_ON);
    let mut run = place.start(&["--report", "text", "-W", "timeout=120", programs::SPIN, "disk"]);
    run.wait_until_ready();
    let before = place.left();
    leave_dead_hosts(&place, 1);
    for hosts in ["1 dead host, 14 entries", "no dead hosts, no entries"] {
        assert!(sweep(&place).stdout.contains(hosts));
        assert_eq!(place.left(), before, "a live space was touched");
    }
    exec.say("\n");
    assert_eq!(exec.line(), "a/b/c/three\n");
    assert_eq!(exec.end().code, Some(0));
    run.signal(Signal::TERM);
    run.end()
        .assert_says(&[&format!("found        {} entries", everything())]);
    place.assert_nothing_left();

    // A program that looks at 4,000 files of its own while sweep after sweep goes over them.
    let many = place.start(&["-W", "timeout=120", "--max-open=none", programs::MANY, "disk"]);
    let running = std::thread::spawn(move || many.end());
    while !running.is_finished() {
        sweep(&place);
    }
    running
        .join()
        .expect("no panic")
        .assert_code(0)
        .assert_summary("6,000 made, 0 left");
    place.assert_nothing_left();
}

#[test]
fn row_25_a_forked_child_holds_the_lease() {
    let place = Place::new();
    let mut exec = start_exec(&place, READ_ON);
    let before = place.left();
    exec.signal(Signal::KILL);
    exec.wait_for_death();
    sweep(&place);
    assert_eq!(place.left(), before, "the child still works there");
    assert_eq!(live_hosts(&place), 1);
    exec.say("\n");
    assert_eq!(exec.line(), "a/b/c/three\n");
    assert_eq!(exec.line(), "", "it has ended");
    assert_next_sweep_leaves_nothing(&place);
}

/// What happens to the name and the times in a base.
fn pretend(place: &Place, pid: u32, times: SystemTime) {
    for entry in entries(&place.base()) {
        let path = place.base().join(entry);
        if path.extension().is_some_and(|extension| extension == "lock") {
            let since = times.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
            let record = json!({ "pid": pid, "program": "scratch", "since_unix_seconds": since.as_secs() });
            fs::write(&path, record.to_string()).expect("ours");
        }
        let times = FileTimes::new().set_accessed(times).set_modified(times);
        File::open(&path).and_then(|file| file.set_times(times)).expect("ours");
    }
}

#[test]
fn row_36_pid_reuse_and_clock_jumps() {
    let hundred_years = Duration::from_secs(100 * 365 * 24 * 60 * 60);
    let times = [
        SystemTime::UNIX_EPOCH,
        SystemTime::now(),
        SystemTime::now() + hundred_years,
    ];
    for time in times {
        // Dead, whoever has its number now: ours, that of init, and one that nobody has.
        for pid in [std::process::id(), 1, u32::MAX] {
            let place = Place::new();
            leave_dead_hosts(&place, 1);
            pretend(&place, pid, time);
            let list = place.sub(&["list", "--json"]);
            let listing: Value = serde_json::from_str(&list.stdout).expect("JSON");
            assert_eq!((list.code, &listing["spaces"][0]["state"]), (Some(1), &json!("stale")));
            assert_next_sweep_leaves_nothing(&place);
        }
        // Alive, though its record says that it cannot be.
        let place = Place::new();
        let mut exec = start_exec(&place, READ_ON);
        let before = place.left();
        pretend(&place, u32::MAX, time);
        sweep(&place);
        assert_eq!(place.left(), before, "a live space was touched");
        exec.say("\n");
        assert_eq!(exec.end().code, Some(0));
        place.assert_nothing_left();
    }
}
