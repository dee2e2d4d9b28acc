//! The same for an ordinary user: root passes where others do not.

use std::fs;
use std::os::unix::fs::chown;

use scratch_tests::programs;

use crate::support::{Place, ended};

#[test]
fn an_ordinary_user_runs_programs() {
    let place = Place::new();
    let (guide, never) = (place.copy(programs::GUIDE), place.copy(programs::NEVER_DROPPED));
    let Some(mut command) = place.scratch_as_ordinary_user() else {
        return;
    };
    ended(command.arg(guide)).assert_clean(3);
    let Some(mut command) = place.scratch_as_ordinary_user() else {
        return;
    };
    let ended = ended(command.args([&never, "disk"]));
    ended.assert_code(0);
    ended.assert_summary("11 made, 11 found at the end, 0 left");
    place.assert_nothing_left();
}

#[test]
fn an_ordinary_user_meets_the_same_crashes() {
    let place = Place::new();
    let program = place.copy(programs::TRAP_OPEN);
    let Some(mut command) = place.scratch_as_ordinary_user() else {
        return;
    };
    ended(command.args([&program, "disk"]))
        .assert_code(134)
        .assert_says(&["11 made, ", " 0 left"]);
    place.assert_nothing_left();
}

#[test]
fn an_ordinary_users_base_is_refused_when_it_is_open_to_others() {
    let place = Place::new();
    let program = place.copy(programs::GUIDE);
    let base = place.dir("base", 0o755);
    let Some(mut command) = place.scratch_as_ordinary_user() else {
        return;
    };
    if rustix::process::geteuid().is_root() {
        chown(&base, Some(crate::support::NOBODY), None).expect("we are root");
    }
    ended(command.arg(program)).assert_refused(125, &[&base, "open to others", "mode 0755"]);
    assert!(fs::read_dir(&base).expect("it may be read").next().is_none());
}

#[test]
fn an_ordinary_user_gets_nowhere_in_roots_base() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root has a directory of root's");
        return;
    }
    let place = Place::new();
    let program = place.copy(programs::GUIDE);
    let base = place.dir("base", 0o700);
    let Some(mut command) = place.scratch_as_ordinary_user() else {
        return;
    };
    ended(command.arg(&program)).assert_refused(125, &[&base, "Permission denied"]);
    fs::set_permissions(&base, std::os::unix::fs::PermissionsExt::from_mode(0o777)).expect("ours");
    let Some(mut command) = place.scratch_as_ordinary_user() else {
        return;
    };
    ended(command.arg(&program)).assert_refused(125, &[&base, "belongs to user 0, not to user 65534"]);
    assert!(fs::read_dir(&base).expect("ours").next().is_none());
}

#[test]
fn a_base_that_an_ordinary_user_may_not_make_is_named() {
    let place = Place::new();
    let program = place.copy(programs::GUIDE);
    place.dir("closed", 0o555);
    let Some(mut command) = place.scratch_as_ordinary_user() else {
        return;
    };
    let base = place.text("closed/base");
    // The flag may be given once, and the command has it already.
    let copy = place.path("scratch");
    let scratch = if copy.exists() {
        copy
    } else {
        env!("CARGO_BIN_EXE_scratch").into()
    };
    let mut own = std::process::Command::new(scratch);
    own.env_clear().args(["--base", &base, &program]);
    if rustix::process::geteuid().is_root() {
        use std::os::unix::process::CommandExt as _;
        own.uid(crate::support::NOBODY).gid(crate::support::NOBODY);
    }
    ended(&mut own).assert_refused(125, &[&base, "failed to create", "Permission denied"]);
    ended(command.arg(&program)).assert_clean(3);
}
