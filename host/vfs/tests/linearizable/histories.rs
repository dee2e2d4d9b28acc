//! Histories of spaces that nobody ends.

use crate::checker::check;
use crate::generate::{Theme, programs, room};
use crate::history::{History, Record};
use crate::operation::{How, Operation, Outcome, Place};
use crate::run::Run;
use crate::search::find_order;
use crate::state::{Charges, State};
use crate::world::{Owner, Room};
use scratch_vfs::Kind;

#[test]
fn everything_takes_effect_at_one_moment() {
    check(300, programs(Theme::Everything, 2..=4, 4..=6), room(), is_linearizable);
}

#[test]
fn reads_and_writes_of_one_file_take_effect_at_one_moment() {
    check(300, programs(Theme::Content, 2..=4, 4..=6), room(), is_linearizable);
}

#[test]
fn sizes_and_their_charges_change_at_one_moment() {
    check(300, programs(Theme::Sizes, 2..=4, 4..=6), room(), is_linearizable);
}

#[test]
fn names_change_at_one_moment() {
    check(300, programs(Theme::Names, 2..=4, 4..=6), room(), is_linearizable);
}

#[test]
fn directories_move_at_one_moment() {
    check(300, programs(Theme::Directories, 2..=4, 4..=6), room(), is_linearizable);
}

#[test]
fn limits_refuse_at_one_moment() {
    check(300, programs(Theme::Growth, 2..=4, 4..=6), room(), is_linearizable);
}

#[test]
fn eight_threads_agree_on_an_order() {
    check(120, programs(Theme::Everything, 8..=8, 2..=2), room(), is_linearizable);
}

#[test]
fn sixteen_threads_agree_on_an_order() {
    check(
        100,
        programs(Theme::Everything, 16..=16, 1..=2),
        room(),
        is_linearizable,
    );
}

/// Checks that there is an order, and that the charges are exact at rest.
fn is_linearizable(run: Run, room: Room) -> Result<(), String> {
    let Run { world, hands, history } = run;
    let state = State::of(&world, &hands);
    let above = Charges::from(world.budget.usage());
    if state.charges != state.due() || above != state.charges {
        let (charged, due) = (state.charges, state.due());
        return Err(format!(
            "charged: {charged:?} to the space, {above:?} above it; due: {due:?}\n{history}"
        ));
    }
    if find_order(&history, room, Some(&state)).is_none() {
        return Err(format!(
            "no order was found that explains this history:\n{history}at rest:\n{state}"
        ));
    }
    drop((world.root, hands, world.space));
    let left = Charges::from(world.budget.usage());
    if left == Charges::default() {
        Ok(())
    } else {
        Err(format!("charged after the end: {left:?}\n{history}"))
    }
}

const WIDE: Room = Room {
    owner: Owner::Space,
    bytes: None,
    entries: None,
    open_files: None,
};

fn record(called: usize, returned: usize, operation: Operation, outcome: Outcome) -> Record {
    Record {
        called,
        returned,
        operation,
        outcome,
    }
}

fn create(path: &'static str) -> Operation {
    Operation::Open(Place { base: 0, path }, How::Exclusive)
}

fn read(length: usize) -> Operation {
    Operation::Read {
        handle: 0,
        offset: 0,
        length,
    }
}

fn append() -> Operation {
    Operation::AppendAll {
        handle: 0,
        data: vec![b'x'],
    }
}

#[test]
fn the_checker_refuses_two_exclusive_creations_of_one_name() {
    let made = Outcome::Opened(Kind::File);
    let history = History(vec![
        vec![record(0, 2, create("g"), made.clone())],
        vec![record(1, 3, create("g"), made)],
    ]);
    assert_eq!(find_order(&history, WIDE, None), None);
}

#[test]
fn the_checker_refuses_a_read_of_what_was_overwritten_before() {
    let history = |called| {
        History(vec![
            vec![record(0, 2, append(), Outcome::Done)],
            vec![record(called, 4, read(8), Outcome::Read(b"0123".to_vec()))],
        ])
    };
    assert_eq!(find_order(&history(1), WIDE, None), Some(vec![1, 0]));
    assert_eq!(find_order(&history(3), WIDE, None), None);
}

#[test]
fn the_checker_refuses_a_refusal_that_nobody_explains() {
    let refused = Outcome::Failed(scratch_vfs::Error::InsufficientSpace);
    let room = Room { bytes: Some(1), ..WIDE };
    let history = |operation, outcome| {
        History(vec![
            vec![record(0, 2, append(), refused.clone())],
            vec![record(1, 3, operation, outcome)],
        ])
    };
    // Bytes that the other one took, or was about to give back.
    assert!(find_order(&history(append(), Outcome::Done), room, None).is_some());
    let shrink = Operation::SetSize { handle: 0, size: 3 };
    assert!(find_order(&history(shrink, Outcome::Done), room, None).is_some());
    let look = read(1);
    assert_eq!(
        find_order(&history(look, Outcome::Read(b"0".to_vec())), room, None),
        None
    );
}
