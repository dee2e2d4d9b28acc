//! Targets that exist, appear, disappear or are refused.

use crate::*;
use scratch_vfs::{Action, Progress};
use std::os::unix::fs::symlink;

/// What can have the name of a target.
fn occupy(path: &Path, kind: &str) {
    match kind {
        "file" => std::fs::write(path, "theirs").unwrap(),
        "directory" => std::fs::create_dir(path).unwrap(),
        "link" => {
            std::fs::write(path.with_extension("elsewhere"), "theirs").unwrap();
            symlink(path.with_extension("elsewhere"), path).unwrap();
        }
        "dangling link" => symlink("nowhere", path).unwrap(),
        _ => unreachable!("a kind that the test names"),
    }
}

const KINDS: [&str; 4] = ["file", "directory", "link", "dangling link"];

#[test]
fn nothing_is_replaced_unless_that_was_asked_for() {
    for kind in KINDS {
        let setting = setting();
        occupy(&setting.path("t"), kind);
        let before = setting.listing();
        let file = setting.file("f", b"ours");
        let target = setting.target("t");
        let error = assert_kind(
            setting.space.persist_file(&file, &target, PersistOptions::new()),
            ErrorKind::AlreadyExists,
        );
        assert!(std::error::Error::source(&error).is_some());
        setting.check_works(&file, "f", b"ours");
        let directory = setting.directory("d");
        assert_kind(
            setting.space.persist_tree(&directory, &target, Default::default()),
            ErrorKind::AlreadyExists,
        );
        assert_kind(
            setting.space.export(&target, Default::default()),
            ErrorKind::AlreadyExists,
        );
        assert_eq!(setting.listing(), before, "{kind}");
    }
}

#[test]
fn a_file_or_link_is_replaced_and_never_what_it_leads_to() {
    for kind in KINDS {
        let setting = setting();
        occupy(&setting.path("t"), kind);
        let before = setting.listing();
        let file = setting.file("f", b"ours");
        let persisted = setting.space.persist_file(&file, &setting.target("t"), REPLACE());
        if kind == "directory" {
            assert_kind(persisted, ErrorKind::IsADirectory);
            setting.check_works(&file, "f", b"ours");
            assert_eq!(setting.listing(), before);
            continue;
        }
        persisted.unwrap();
        let expected: &[&str] = match kind {
            "link" => &["t.elsewhere: theirs", "t: ours"],
            _ => &["t: ours"],
        };
        assert_eq!(setting.listing(), expected, "{kind}");
    }
}

/// Begins a job for each number of steps, changes the place after these steps, and runs the rest.
fn at_every_step(
    begin: impl Fn(&Setting) -> scratch_vfs::ExportJob,
    change: impl Fn(&Setting),
    check: impl Fn(&Setting, Result<scratch_vfs::Exported, ExportError>),
) {
    for steps in 0.. {
        let setting = setting();
        let mut job = begin(&setting);
        if (0..steps).any(|_| job.step().unwrap() == Progress::Done) {
            assert!(steps > 2, "there are moments to look at");
            return;
        }
        change(&setting);
        let result = job.run();
        check(&setting, result);
    }
}

fn begin_file(setting: &Setting, target: &Target) -> scratch_vfs::ExportJob {
    let file = setting.file("f", &[b'x'; 100_000]);
    setting
        .space
        .begin_persist_file(&file, target, PersistOptions::new())
        .unwrap()
}

fn begin_tree(setting: &Setting, target: &Target) -> scratch_vfs::ExportJob {
    let directory = setting.directory("d");
    setting.directory("d/e");
    setting.file("d/e/f", b"ours");
    setting
        .space
        .begin_persist_tree(&directory, target, Default::default())
        .unwrap()
}

#[test]
fn a_target_that_appears_at_any_moment_is_kept() {
    for kind in KINDS {
        for begin in [begin_file, begin_tree] {
            at_every_step(
                |setting| begin(setting, &setting.target("t")),
                |setting| occupy(&setting.path("t"), kind),
                |setting, result| {
                    assert_kind(result, ErrorKind::AlreadyExists);
                    let fresh = crate::setting();
                    occupy(&fresh.path("t"), kind);
                    let names = |setting: &Setting| -> Vec<String> {
                        let mut names: Vec<String> = std::fs::read_dir(setting.place.path())
                            .unwrap()
                            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                            .collect();
                        names.sort();
                        names
                    };
                    assert_eq!(names(setting), names(&fresh));
                },
            );
        }
    }
}

#[test]
fn a_target_that_is_replaced_by_a_link_is_not_followed() {
    at_every_step(
        |setting| {
            std::fs::write(setting.path("t"), "old").unwrap();
            let file = setting.file("f", b"ours");
            setting
                .space
                .begin_persist_file(&file, &setting.target("t"), REPLACE())
                .unwrap()
        },
        |setting| {
            std::fs::remove_file(setting.path("t")).unwrap();
            occupy(&setting.path("t"), "link");
        },
        |setting, result| {
            result.unwrap();
            assert_eq!(setting.listing(), ["t.elsewhere: theirs", "t: ours"]);
        },
    );
}

#[test]
fn a_directory_that_disappears_at_any_moment_fails_the_whole() {
    for begin in [begin_file, begin_tree] {
        at_every_step(
            |setting| {
                std::fs::create_dir(setting.path("inner")).unwrap();
                let inner = Target::new(File::open(setting.path("inner")).unwrap(), "t").unwrap();
                begin(setting, &inner)
            },
            |setting| std::fs::remove_dir_all(setting.path("inner")).unwrap(),
            |setting, result| {
                let error = result.unwrap_err();
                assert!(matches!(error, ExportError::Host { .. }), "{error}");
                assert!(setting.listing().is_empty());
                assert!(setting.space.usage().bytes.used > 0);
            },
        );
    }
}

#[test]
fn a_target_whose_name_is_too_long_leaves_nothing() {
    let setting = setting();
    let file = setting.file("f", b"x");
    let target = setting.target(&"n".repeat(256));
    let error = setting
        .space
        .persist_file(&file, &target, PersistOptions::new())
        .unwrap_err();
    assert!(
        matches!(
            error,
            ExportError::Host {
                action: Action::Publish,
                ..
            }
        ),
        "{error}"
    );
    let error = setting.space.export(&target, Default::default()).unwrap_err();
    assert!(
        matches!(
            error,
            ExportError::Host {
                action: Action::Publish,
                ..
            }
        ),
        "{error}"
    );
    assert!(setting.listing().is_empty());
    setting.check_works(&file, "f", b"x");
}
