//! `--dir`: what it grants, where, and that it never shows the base.

use std::fs;
use std::path::Path;

use scratch_tests::programs;

use crate::support::{Place, ended};

#[test]
fn a_directory_that_is_granted_as_tmp_is_the_programs_tmp() {
    let place = Place::new();
    place.dir("mine", 0o755);
    for guest in ["/tmp", "tmp", "./tmp", "//tmp/"] {
        let flag = format!("mine::{guest}");
        let ended = place.run(&["--dir", &flag, programs::SHOW_WORLD]);
        ended.assert_code(0);
        assert!(!ended.stdout.contains("env TMPDIR"), "as under wasmtime: {ended:#?}");
        assert!(ended.stdout.contains(&format!("preopen {guest}\n")), "{ended:#?}");
        // Handles are in the space, which has no path now.
        for line in [
            "temporary files live nowhere that has a name\n",
            "without a name: ok\n",
            "with a name: Unsupported\n",
            "by path: ok\n",
        ] {
            assert!(ended.stdout.contains(line), "{line:?} is not in {ended:#?}");
        }
        fs::remove_file(place.path("mine/by-path")).expect("it is in the granted directory");
        place.assert_nothing_left();
    }
}

#[test]
fn a_space_that_was_asked_for_is_not_given_up() {
    let place = Place::new();
    place.dir("mine", 0o755);
    for tmp in ["/tmp", "tmp", ".//tmp/."] {
        let ended = place.run(&["--dir", "mine::/tmp", "--tmp", tmp, programs::NO_SCRATCH]);
        ended.assert_refused(2, &[&format!("`{tmp}`"), "two directories", "--no-tmp"]);
    }
    place.assert_nothing_left();
}

#[test]
fn an_access_that_could_be_a_path_is_refused_with_both_ways_to_write_it() {
    let place = Place::new();
    place.dir("data", 0o755);
    for access in ["ro", "rw"] {
        let ended = place.run(&["--dir", &format!("data::{access}"), programs::SHOW_WORLD]);
        ended.assert_usage(&[&format!("`data::data::{access}`"), &format!("`data::./{access}`")]);
    }
    let ended = place.run(&["--dir", "data::./ro", programs::SHOW_WORLD]);
    assert!(ended.stdout.contains("preopen ./ro\n"), "{ended:#?}");
    for (flag, is_written) in [("data::data::ro", false), ("data::data", true)] {
        place.file("data/old.txt", "old");
        place.run(&["--dir", flag, programs::WRITE_TO, "data"]).assert_code(0);
        let old = fs::read_to_string(place.path("data/old.txt"));
        assert_eq!(old.is_ok_and(|old| old == "old"), !is_written, "{flag}");
    }
}

#[test]
fn a_home_can_be_granted_since_the_base_goes_elsewhere() {
    let place = Place::new();
    let home = place.dir("home", 0o700);
    place.dir("tmp", 0o700);
    let mut command = place.bare();
    command
        .env_remove("XDG_CACHE_HOME")
        .env("HOME", &home)
        .env("TMPDIR", place.path("tmp"));
    command.args(["--report", "line", "--dir", ".::/in", programs::GUIDE]);
    ended(command.current_dir(&home)).assert_clean(3);
    assert!(!place.path("home/.cache/scratch").exists(), "the base would be shown");
    let own = format!("tmp/scratch-{}", rustix::process::geteuid().as_raw());
    assert!(place.path(&own).join("layout").exists());
}

#[test]
fn what_shows_every_place_for_the_base_is_refused_and_says_how_it_can_be_had() {
    let place = Place::new();
    let home = place.dir("home", 0o700);
    let mut command = place.bare();
    command
        .env_remove("XDG_CACHE_HOME")
        .env("HOME", &home)
        .args(["-C", "cache=n", "--dir", "/", programs::GUIDE]);
    ended(&mut command).assert_refused(2, &["`/`", "base", "grant a smaller directory", "--base"]);
    assert!(!Path::new(&home).join(".cache/scratch/spaces").exists());
}
