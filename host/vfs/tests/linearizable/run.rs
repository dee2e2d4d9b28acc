//! Threads that run programs at once, and record what they are told.

use crate::gate::{Gate, hesitate};
use crate::history::{History, Record};
use crate::operation::{Hand, Operation, Outcome};
use crate::world::{Room, World};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

/// An operation, and how long its thread waits before it.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) pause: u32,
    pub(crate) operation: Operation,
}

/// What came of one run.
pub(crate) struct Run {
    pub(crate) world: World,
    pub(crate) hands: Vec<Hand>,
    pub(crate) history: History,
}

/// Runs programs, one a thread, as often as asked for, each time in a fresh space and with other pauses.
pub(crate) fn run(programs: &[Vec<Step>], room: Room, rounds: usize) -> Vec<Run> {
    let threads = programs.len();
    let mut worlds = Vec::new();
    let mut hands_of_threads: Vec<Vec<Hand>> = programs.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        let (world, hands) = World::new(threads, room, true);
        worlds.push(world);
        for (hand, all) in hands.into_iter().zip(&mut hands_of_threads) {
            all.push(hand);
        }
    }
    let gate = Gate::new(threads);
    let counters: Vec<_> = worlds.iter().map(|_| AtomicUsize::new(0)).collect();
    let results: Vec<Vec<(Vec<Record>, Hand)>> = std::thread::scope(|scope| {
        let mut running = Vec::new();
        for (program, hands) in programs.iter().zip(hands_of_threads) {
            let (gate, worlds, counters) = (&gate, &worlds, &counters);
            running.push(scope.spawn(move || {
                let mut results = Vec::new();
                for (round, mut hand) in hands.into_iter().enumerate() {
                    gate.pass();
                    let records = run_once(program, round, &worlds[round], &mut hand, &counters[round]);
                    results.push((records, hand));
                }
                results
            }));
        }
        let join = |thread: std::thread::ScopedJoinHandle<'_, _>| thread.join().expect("no thread panics");
        running.into_iter().map(join).collect()
    });
    let mut results: Vec<_> = results.into_iter().map(Vec::into_iter).collect();
    let collect = |world| {
        let (records, hands) = results.iter_mut().filter_map(Iterator::next).unzip();
        Run {
            world,
            hands,
            history: History(records),
        }
    };
    worlds.into_iter().map(collect).collect()
}

fn run_once(program: &[Step], round: usize, world: &World, hand: &mut Hand, counter: &AtomicUsize) -> Vec<Record> {
    let mut records = Vec::with_capacity(program.len());
    let shift = u32::try_from(round).expect("there are few rounds") * 5;
    for step in program {
        let operation = step.operation.clone();
        hesitate((step.pause + shift) % 24);
        let called = counter.fetch_add(1, Ordering::SeqCst);
        // Others wait for this thread, whatever happens to it.
        let outcome = catch_unwind(AssertUnwindSafe(|| operation.apply(&world.space, &world.root, hand)));
        let returned = counter.fetch_add(1, Ordering::SeqCst);
        records.push(Record {
            called,
            returned,
            operation,
            outcome: outcome.unwrap_or(Outcome::Panicked),
        });
    }
    records
}
