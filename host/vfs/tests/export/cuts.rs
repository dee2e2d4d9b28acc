//! Exports that are cut short.

use crate::*;
use scratch_vfs::{ExportJob, ExportLimits, Left, PersistTreeOptions, Progress};
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) type Begin = fn(&Setting) -> ExportJob;

fn file(setting: &Setting) -> ExportJob {
    let file = setting.open("d/f");
    let target = setting.target("t");
    setting
        .space
        .begin_persist_file(&file, &target, PersistOptions::new())
        .unwrap()
}

fn replacing(setting: &Setting) -> ExportJob {
    let file = setting.open("d/f");
    let target = setting.target("there");
    setting.space.begin_persist_file(&file, &target, REPLACE()).unwrap()
}

fn tree(setting: &Setting) -> ExportJob {
    let target = setting.target("t");
    let options = PersistTreeOptions::new();
    setting
        .space
        .begin_persist_tree(&setting.open("d"), &target, options)
        .unwrap()
}

fn export(setting: &Setting) -> ExportJob {
    let limits = ExportLimits::new();
    setting.space.begin_export(&setting.target("t"), limits).unwrap()
}

pub(crate) const ALL: [(&str, Begin); 4] = [
    ("file", file),
    ("replacing", replacing),
    ("tree", tree),
    ("export", export),
];

/// Makes a place where something is, and a space with a tree that has every kind of entry.
fn filled() -> Setting {
    fill(setting())
}

pub(crate) fn fill(setting: Setting) -> Setting {
    std::fs::write(setting.path("there"), "theirs").unwrap();
    std::fs::create_dir(setting.path("beside")).unwrap();
    std::fs::write(setting.path("beside/file"), "theirs").unwrap();
    setting.directory("d");
    setting.file("d/f", &[b'x'; 200_000]);
    setting.directory("d/e");
    setting.file("d/e/g", b"g");
    setting.root.link_at("d/e/g", &setting.root, "d/e/h").unwrap();
    setting.root.symlink_at("f", "d/l", None).unwrap();
    setting
}

#[test]
fn a_job_that_is_dropped_at_any_step_leaves_nothing_and_everything_works() {
    for (name, begin) in ALL {
        for steps in 0.. {
            let setting = filled();
            let before = setting.listing();
            let mut job = begin(&setting);
            if (0..steps).any(|_| job.step().unwrap() == Progress::Done) {
                assert!(steps > 3, "{name}");
                break;
            }
            drop(job);
            assert_eq!(setting.listing(), before, "{name} after {steps}");
            let usage = setting.space.usage();
            assert_eq!((usage.bytes.used, usage.entries.used), (200_001, 6), "{name}");
            let file = setting
                .root
                .open_at("d/f", &OpenOptions::new().read(true).write(true))
                .unwrap();
            setting.check_works(&file, "d/f", &[b'x'; 200_000]);
            // It can be done again, to the end.
            begin(&setting).run().unwrap();
        }
    }
}

#[test]
fn the_end_of_the_space_at_any_step_leaves_nothing_before_it_returns() {
    for (name, begin) in ALL {
        for reset in [false, true] {
            for steps in 0.. {
                let setting = filled();
                let before = setting.listing();
                let mut job = begin(&setting);
                if (0..steps).any(|_| job.step().unwrap() == Progress::Done) {
                    break;
                }
                let ended = std::thread::scope(|scope| {
                    let end = || {
                        if reset {
                            setting.space.reset().unwrap()
                        } else {
                            setting.space.end()
                        }
                    };
                    scope.spawn(end).join().unwrap()
                });
                assert_eq!((ended.exports_cut, ended.exports_running), (1, 0), "{name}");
                assert_eq!(ended.left, Left::default());
                assert_eq!(setting.listing(), before, "{name} after {steps}");
                assert!(matches!(job.step(), Err(ExportError::Cut)), "{name} after {steps}");
                assert_eq!(setting.listing(), before);
            }
        }
    }
}

#[test]
fn a_space_that_is_dropped_takes_its_exports_back() {
    for (name, begin) in ALL {
        let setting = filled();
        let before = setting.listing();
        let mut job = begin(&setting);
        assert_eq!(job.step().unwrap(), Progress::More);
        let Setting { place, space, root } = setting;
        drop(root);
        drop(space);
        assert_eq!(listing(place.path()), before, "{name}");
        assert!(matches!(job.step(), Err(ExportError::Cut)));
    }
}

#[test]
fn nothing_appears_after_the_end_has_returned() {
    for (name, begin) in ALL {
        for round in 0..30 {
            let setting = filled();
            let before = setting.listing();
            let is_over = AtomicBool::new(false);
            std::thread::scope(|scope| {
                let job = begin(&setting);
                let (setting, is_over) = (&setting, &is_over);
                let runner = scope.spawn(move || {
                    let mut job = job;
                    let result = loop {
                        match job.step() {
                            Ok(Progress::More) => {}
                            result => break result,
                        }
                    };
                    is_over.store(true, Ordering::SeqCst);
                    result
                });
                for _ in 0..round * 20 {
                    std::hint::spin_loop();
                    std::thread::yield_now();
                }
                let ended = setting.space.end();
                let after = setting.listing();
                match runner.join().unwrap() {
                    Ok(_) => assert_ne!(after, before, "{name}"),
                    Err(error) => {
                        assert!(matches!(error, ExportError::Cut), "{error}");
                        assert_eq!(after, before, "{name}");
                    }
                }
                assert_eq!(setting.listing(), after, "{name}: something appeared after the end");
                assert_eq!((ended.exports_running, ended.left), (0, Left::default()));
            });
        }
    }
}

#[test]
fn a_job_can_be_sent_to_a_thread() {
    fn check<T: Send>() {}
    check::<ExportJob>();
    check::<Target>();
}
