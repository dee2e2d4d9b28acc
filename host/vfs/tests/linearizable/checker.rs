//! Many random histories, and what is said about one that is wrong.

use crate::history::Record;
use crate::operation::Outcome;
use crate::run::{Run, Step, run};
use crate::world::Room;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use std::cell::Cell;
use std::env;
use std::hash::{BuildHasher, RandomState};

/// Runs of the same programs, with other pauses.
const ROUNDS: usize = 20;

/// Checks the histories of random programs: so many, unless `PROPTEST_CASES` says otherwise.
pub(crate) fn check(
    cases: u32,
    programs: impl Strategy<Value = Vec<Vec<Step>>>,
    room: impl Strategy<Value = Room>,
    is_right: impl Fn(Run, Room) -> Result<(), String>,
) {
    let config = Config {
        cases: number("PROPTEST_CASES").unwrap_or(cases),
        max_shrink_iters: 200,
        max_shrink_time: 10_000,
        failure_persistence: None,
        ..Config::default()
    };
    let seed: u64 = number("SCRATCH_SEED").unwrap_or_else(|| RandomState::new().hash_one(0));
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let counts = [const { Cell::new(0_usize) }; 3];
    let add = |index: usize, amount: usize| counts[index].set(counts[index].get() + amount);
    let result = TestRunner::new_with_rng(config, rng).run(&(programs, room), |(programs, room)| {
        for run in run(&programs, room, ROUNDS) {
            add(0, 1);
            add(1, run.history.len());
            add(2, run.history.count_overlaps());
            let has_panicked = |record: &Record| record.outcome == Outcome::Panicked;
            if run.history.0.iter().flatten().any(has_panicked) {
                let history = run.history.to_string();
                // What panicked may have left anything behind, on which the end would panic again.
                std::mem::forget(run);
                return Err(TestCaseError::fail(format!("an operation panicked:\n{history}")));
            }
            is_right(run, room).map_err(TestCaseError::fail)?;
        }
        Ok(())
    });
    let [histories, operations, overlaps] = counts.map(Cell::into_inner);
    println!("{histories} histories, {operations} operations, {overlaps} pairs at once, SCRATCH_SEED={seed}");
    match result {
        Ok(()) => assert!(overlaps > 0, "no two operations were under way at the same time"),
        Err(TestError::Fail(reason, (_, room))) => panic!("{reason}with {room:?}, SCRATCH_SEED={seed}"),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

fn number<N: std::str::FromStr>(variable: &str) -> Option<N> {
    env::var(variable).ok().and_then(|value| value.parse().ok())
}
