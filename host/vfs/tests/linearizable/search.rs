//! The search for an order in which one thread is told the same.
//!
//! It is the one of Wing and Gong ("Testing and Verifying Concurrent Objects", 1993) with Lowe's memory of what was tried
//! ("Testing for linearizability", 2017): an operation may come next if no other one that is not done returned before it was called.

use crate::history::{Excess, History};
use crate::specification::Specification;
use crate::state::State;
use crate::world::Room;
use std::collections::HashSet;

/// Most states that are looked at for one history: more than a hundred times what any of 300,000 right ones took. Without it, a
/// wrong history of sixteen threads would be searched for hours.
const MAX_STATES: usize = 50_000;

/// Looks for an order of a history that respects time, gets the same answers, and leaves the same state if one is given. Returns the
/// thread of each operation in that order.
pub(crate) fn find_order(history: &History, room: Room, state: Option<&State>) -> Option<Vec<usize>> {
    let excesses = history
        .0
        .iter()
        .enumerate()
        .map(|(thread, records)| (0..records.len()).map(|index| history.excess(thread, index)).collect());
    let mut search = Search {
        history,
        room,
        state,
        excesses: excesses.collect(),
        done: vec![0; history.0.len()],
        order: Vec::new(),
        tried: HashSet::new(),
        has_failed: false,
        states: 0,
    };
    let begin = search.replay();
    search.go_on(begin).then_some(search.order)
}

struct Search<'a> {
    history: &'a History,
    room: Room,
    state: Option<&'a State>,
    excesses: Vec<Vec<Excess>>,
    /// How many operations of each thread are done.
    done: Vec<usize>,
    order: Vec<usize>,
    tried: HashSet<(Vec<usize>, State)>,
    /// Some order was wrong. Until then nothing is remembered, because most histories are right at once.
    has_failed: bool,
    states: usize,
}

impl Search<'_> {
    /// Goes on from what is done. Says whether that led to the end.
    fn go_on(&mut self, specification: Specification) -> bool {
        self.states += 1;
        if self.states > MAX_STATES {
            return false;
        }
        let candidates = self.candidates();
        if candidates.is_empty() {
            return self.state.is_none() || specification.state().as_ref() == self.state;
        }
        if self.has_failed
            && let Some(state) = specification.state()
            && !self.tried.insert((self.done.clone(), state))
        {
            return false;
        }
        let mut current = Some(specification);
        for thread in candidates {
            let mut specification = current.take().unwrap_or_else(|| self.replay());
            if self.agrees(&mut specification, thread, self.done[thread]) {
                self.done[thread] += 1;
                self.order.push(thread);
                if self.go_on(specification) {
                    return true;
                }
                self.order.pop();
                self.done[thread] -= 1;
            }
            self.has_failed = true;
        }
        false
    }

    /// Lists the threads whose next operation may come next, those first that returned first.
    fn candidates(&self) -> Vec<usize> {
        let next = |thread: usize| self.history.0[thread].get(self.done[thread]);
        let mut waiting: Vec<_> = (0..self.done.len())
            .filter_map(|thread| next(thread).map(|record| (record.returned, record.called, thread)))
            .collect();
        waiting.sort_unstable();
        let first = waiting.first().map_or(0, |(returned, ..)| *returned);
        waiting.retain(|(_, called, _)| *called < first);
        waiting.into_iter().map(|(.., thread)| thread).collect()
    }

    fn agrees(&self, specification: &mut Specification, thread: usize, index: usize) -> bool {
        let record = &self.history.0[thread][index];
        specification.agrees(thread, record, self.excesses[thread][index])
    }

    /// Does again what is done, in a fresh space.
    fn replay(&self) -> Specification {
        let mut specification = Specification::new(self.done.len(), self.room);
        let mut done = vec![0; self.done.len()];
        for &thread in &self.order {
            let agrees = self.agrees(&mut specification, thread, done[thread]);
            assert!(agrees, "one thread is told the same each time");
            done[thread] += 1;
        }
        specification
    }
}
