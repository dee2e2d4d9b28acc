//! Rows 16 to 18: the host has a bug.

use std::any::Any;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Output;
use std::thread;

use rustix::process::Signal;
use scratch_tests::programs;
use wasmtime_scratch::{Base, Report, Space};

use super::alone::{Held, alone, dying};
use super::cli::Place;
use super::embedding::{Bomb, Embedding};
use super::support::{Run, block_on, entries, everything};
use super::{assert_next_sweep_leaves_nothing, live_hosts};

fn panic_in_the_host() {
    panic!("a bug in a host import");
}

/// Runs the program in a thread of its own, which a panic ends; the panic.
fn panic_of(embedding: &Embedding, space: &Space, bomb: Option<Bomb>) -> Box<dyn Any + Send> {
    let outcome = thread::scope(|scope| {
        let thread = scope.spawn(|| block_on(embedding.run(space, bomb)));
        thread.join()
    });
    outcome.expect_err("it panics")
}

#[track_caller]
fn assert_zero(report: &Report) {
    assert_eq!((report.files.by_host, report.directories.by_host), (5, 2), "{report}");
    assert_eq!(
        (report.receipt.entries_found, report.receipt.entries_left),
        (everything(), 0),
        "{report}"
    );
    assert!(report.is_clean(), "{report}");
}

#[test]
fn row_16_a_host_import_panics_and_the_other_tenants_go_on() {
    alone(|| {
        let place = Place::new();
        let embedding = Embedding::new(panic_in_the_host);
        let base = Base::open(place.base()).expect("it opens");
        let tenant = base.space(Some("tenant".parse().expect("a label")));
        let dir = tenant.dir().expect("it is made");
        std::fs::write(dir.join("file.txt"), "stays").expect("ours");
        // The first starts what is started once.
        panic_of(&embedding, &base.space(None), None);
        Run::new(programs::DROPS).arg("disk").run().assert_success();
        base.drain();
        let held = Held::now();

        let space = base.space(None);
        let panic = panic_of(&embedding, &space, None);
        assert_eq!(panic.downcast_ref(), Some(&"a bug in a host import"));
        assert_zero(&space.end());
        held.assert_back();

        // Nor does it matter where the panic goes: the space is dropped on its way.
        let gone = thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let space = base.space(None);
                block_on(embedding.run(&space, None))
            });
            thread.join()
        });
        assert!(gone.is_err());
        assert_eq!(base.drain().residue_count, 0);
        held.assert_back();

        assert_eq!(entries(&dir).len(), 1, "the other tenant's");
        Run::new(programs::DROPS)
            .arg("disk")
            .run()
            .assert_success()
            .assert_nothing_left();
        assert_eq!(tenant.end().receipt.entries_found, 1);
        drop(base);
        place.assert_nothing_left();
    });
}

#[test]
fn row_17_panic_inside_a_drop() {
    alone(|| {
        let place = Place::new();
        let embedding = Embedding::new(|| {});
        let base = Base::open(place.base()).expect("it opens");
        let space = base.space(None);
        let panic = panic_of(&embedding, &space, Some(Bomb));
        assert_eq!(panic.downcast_ref(), Some(&"a bug in a drop of the host"));
        assert_zero(&space.end());
        drop(base);
        place.assert_nothing_left();
    });
}

/// While another panic unwinds, a panic in a drop ends the process.
#[test]
fn row_17_panic_inside_a_drop_while_a_panic_unwinds() {
    let died = dying(|base| {
        let embedding = Embedding::new(panic_in_the_host);
        let base = Base::open(base).expect("it opens");
        let _ = block_on(embedding.run(&base.space(None), Some(Bomb)));
    });
    assert_aborted_with_everything_open(&died);
}

/// As with `panic = "abort"`: nothing unwinds.
#[test]
fn row_18_abort() {
    let died = dying(|base| {
        let embedding = Embedding::new(|| std::process::abort());
        let base = Base::open(base).expect("it opens");
        let _ = block_on(embedding.run(&base.space(None), None));
    });
    assert_aborted_with_everything_open(&died);
}

#[track_caller]
fn assert_aborted_with_everything_open((place, output): &(Place, Output)) {
    assert_eq!(output.status.signal(), Some(Signal::ABORT.as_raw()), "{output:?}");
    assert_eq!(live_hosts(place), 0);
    // Its lock file, its directory with the two in it, the space, and all that the program made.
    let made = usize::try_from(everything()).expect("a few");
    assert_eq!(place.left().len(), 1 + 3 + 1 + made, "{:#?}", place.left());
    assert_next_sweep_leaves_nothing(place);
}
