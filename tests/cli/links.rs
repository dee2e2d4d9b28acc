//! A link that somebody plants in a space while its program runs leads nowhere, for the program and for the remover.

use std::fs;
use std::os::unix::fs::symlink;

use scratch_tests::programs;

use crate::support::{Place, entries};

/// Runs `symlink-trap` and plants a link to `target` while it waits.
fn plant(target: impl FnOnce(&Place) -> String) {
    let place = Place::new();
    place.dir("outside", 0o755);
    place.file("outside/secret.txt", "secret");
    let before = entries(&place.path("outside"));
    let target = target(&place);

    let mut running = place.start(&["-W", "timeout=120", programs::SYMLINK_TRAP]);
    running.wait_until_ready();
    let planted = place.space().join("planted");
    symlink(&target, &planted).expect("a link");
    assert!(planted.exists(), "`{target}` leads somewhere, for the host");
    running.say("\n");
    let ended = running.end();

    ended.assert_code(0);
    assert_eq!(ended.stdout, "ok\n");
    // The link is what was left of the program; what it pointed to is not.
    ended.assert_summary("1 made, 1 found at the end, 0 left");
    place.assert_nothing_left();
    assert_eq!(entries(&place.path("outside")), before);
    assert_eq!(
        fs::read_to_string(place.path("outside/secret.txt")).expect("still there"),
        "secret"
    );
}

#[test]
fn an_absolute_link_to_a_file_leads_nowhere() {
    plant(|place| place.text("outside/secret.txt"));
}

#[test]
fn a_relative_link_to_a_file_leads_nowhere() {
    // From BASE/HOST/spaces/SPACE.
    plant(|_| "../../../../outside/secret.txt".to_owned());
}

#[test]
fn an_absolute_link_to_a_directory_leads_nowhere() {
    plant(|place| place.text("outside"));
}

#[test]
fn a_relative_link_to_a_directory_leads_nowhere() {
    plant(|_| "../../../../outside".to_owned());
}

#[test]
fn a_link_to_the_base_leads_nowhere() {
    plant(|place| place.text("base"));
}
