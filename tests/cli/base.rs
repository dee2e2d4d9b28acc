//! Which base is used, and which is refused.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

use scratch_tests::programs;

use crate::support::{NOBODY, Place, ended, provided};

fn is_base(path: &Path) -> bool {
    path.join("layout").is_file()
}

#[test]
fn the_base_is_the_flag_else_the_variable_else_a_cache_else_a_directory_of_our_own() {
    let place = Place::new();
    let own = format!("tmp/scratch-{}", rustix::process::geteuid().as_raw());
    place.dir("tmp", 0o700);
    let vars = [
        ("SCRATCH_BASE", place.path("variable")),
        ("XDG_CACHE_HOME", place.path("xdg")),
        ("HOME", place.path("home")),
        ("TMPDIR", place.path("tmp")),
    ];
    let bases = ["base", "variable", "xdg/scratch", "home/.cache/scratch", &own];
    for (number, expected) in bases.iter().enumerate() {
        let mut command = if number == 0 { place.scratch() } else { place.bare() };
        if number > 0 {
            command.env_remove("XDG_CACHE_HOME").args(["--report", "line"]);
        }
        command.envs(vars.iter().skip(number.saturating_sub(1)).cloned());
        ended(command.args(["-C", "cache=n", programs::GUIDE])).assert_clean(3);
        for (other, base) in bases.iter().enumerate() {
            assert_eq!(
                is_base(&place.path(base)),
                other <= number,
                "{base}, when {expected} was due"
            );
        }
    }
    for private in ["xdg", "home", "home/.cache", "home/.cache/scratch"] {
        let mode = fs::metadata(place.path(private))
            .expect("it was made")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700, "{private}");
    }
}

#[test]
fn a_relative_cache_home_is_ignored() {
    let place = Place::new();
    let mut command = place.bare();
    command.env("XDG_CACHE_HOME", "xdg").env("HOME", place.path("home"));
    ended(command.args(["--report", "line", programs::GUIDE])).assert_clean(3);
    assert!(is_base(&place.path("home/.cache/scratch")));
    assert!(!place.path("xdg").exists());
}

#[test]
fn an_empty_variable_is_as_good_as_none() {
    let place = Place::new();
    let mut command = place.bare();
    command
        .envs([("SCRATCH_BASE", ""), ("XDG_CACHE_HOME", "")])
        .env("HOME", place.path("home"));
    ended(command.args(["--report", "line", programs::GUIDE])).assert_clean(3);
    assert!(is_base(&place.path("home/.cache/scratch")));
}

#[test]
fn a_file_is_no_base() {
    let place = Place::new();
    place.file("base", "mine");
    place
        .run(&[programs::GUIDE])
        .assert_refused(125, &[&place.text("base"), "not a directory"]);
    assert_eq!(fs::read_to_string(place.base()).expect("still there"), "mine");
}

#[test]
fn a_base_below_a_file_cannot_be_made() {
    let place = Place::new();
    let file = place.file("file", "mine");
    let base = format!("{file}/base");
    let ended = ended(place.bare().args(["--base", &base, programs::GUIDE]));
    ended.assert_refused(125, &[&base, "failed to create"]);
}

#[test]
fn a_symbolic_link_is_no_base() {
    let place = Place::new();
    let real = place.dir("real", 0o700);
    symlink(&real, place.base()).expect("a link");
    for slash in ["", "/", "/."] {
        let base = place.text("base") + slash;
        let ended = ended(place.bare().args(["--base", &base, programs::GUIDE]));
        ended.assert_refused(125, &[&place.text("base"), "symbolic link"]);
    }
    assert!(
        fs::read_dir(&real).expect("ours").next().is_none(),
        "nothing is made behind the link"
    );
}

#[test]
fn a_base_that_is_open_to_others_is_refused() {
    let place = Place::new();
    let base = place.dir("base", 0o755);
    for mode in [0o755, 0o770, 0o777, 0o701] {
        fs::set_permissions(&base, Permissions::from_mode(mode)).expect("ours");
        let parts = [&base, "open to others", &format!("mode {mode:04o}"), "chmod 700"];
        place.run(&[programs::GUIDE]).assert_refused(125, &parts);
    }
    assert!(fs::read_dir(&base).expect("ours").next().is_none());
    // It says how to mend it.
    fs::set_permissions(&base, Permissions::from_mode(0o700)).expect("ours");
    place.run(&[programs::GUIDE]).assert_clean(3);
}

#[test]
fn somebody_elses_base_is_refused() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can give a directory to another user");
        return;
    }
    let place = Place::new();
    let base = place.dir("base", 0o700);
    chown(&base, Some(NOBODY), None).expect("we are root");
    let parts = [&base, "belongs to user 65534", "not to user 0", "--base"];
    place.run(&[programs::GUIDE]).assert_refused(125, &parts);
    assert!(fs::read_dir(&base).expect("we are root").next().is_none());
}

#[test]
fn a_directory_with_somebodys_files_is_no_base() {
    let place = Place::new();
    let base = place.dir("base", 0o700);
    place.file("base/letter.txt", "mine");
    place
        .run(&[programs::GUIDE])
        .assert_refused(125, &[&base, "not a base", "`letter.txt`"]);
    assert_eq!(fs::read_dir(&base).expect("ours").count(), 1);
}

#[test]
fn a_layout_of_the_future_is_refused() {
    let place = Place::new();
    let base = place.dir("base", 0o700);
    place.file("base/layout", "scratch base, layout 2\n");
    place
        .run(&[programs::GUIDE])
        .assert_refused(125, &[&base, "layout 2", "layout 1"]);
    assert_eq!(fs::read_dir(&base).expect("ours").count(), 1);
}

#[test]
fn a_base_is_for_us_alone_whatever_the_umask() {
    for umask in ["000", "022", "077", "027"] {
        let place = Place::new();
        let scratch = env!("CARGO_BIN_EXE_scratch");
        let mut shell = std::process::Command::new("/bin/sh");
        shell
            .env_clear()
            .args(["-c", r#"umask "$0"; exec "$@""#, umask, scratch, "--base"]);
        provided(&mut shell);
        let mut running = crate::support::Running::start(shell.arg(place.base()).arg(programs::SYMLINK_TRAP));
        running.wait_until_ready();
        let mode = |path: &Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode(&place.base()), 0o700, "umask {umask}");
        for entry in place.left() {
            // What the program makes below is as its umask says: nobody else gets there.
            let private = entry.iter().count() <= 3;
            let open = mode(&place.base().join(&entry)) & 0o077;
            assert!(!private || open == 0, "umask {umask}: {} {open:o}", entry.display());
        }
        running.say("\n");
        running.end();
        place.assert_nothing_left();
    }
}
