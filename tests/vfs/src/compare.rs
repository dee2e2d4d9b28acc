//! One sequence on both sides.

use crate::departures;
use crate::operation::{Operation, SLOTS};
use crate::ours::{Contents, Ours};
use crate::stock::Stock;
use scratch_vfs::Error;
use std::fmt::{self, Debug};
use std::path::Path;

/// Says where both sides differ.
#[derive(Debug)]
pub struct Difference {
    what: String,
    stock: String,
    ours: String,
    before: Vec<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.what)?;
        writeln!(f, "  wasmtime-wasi on tmpfs: {}", self.stock)?;
        writeln!(f, "  the space:              {}", self.ours)?;
        writeln!(f, "after:")?;
        self.before.iter().try_for_each(|line| writeln!(f, "  {line}"))
    }
}

impl std::error::Error for Difference {}

/// Does a sequence on both sides. Returns how many operations succeeded.
///
/// # Errors
///
/// Fails at the first answer that differs, and if the trees, what descriptors hold, or the charges differ at the end.
///
/// # Panics
///
/// Panics if a side cannot be set up.
pub fn compare(tmpfs: &Path, contents: Contents, operations: &[Operation]) -> Result<usize, Difference> {
    let mut stock = Stock::new(tmpfs).expect("a directory can be made on tmpfs");
    let mut ours = Ours::new(contents, tmpfs).expect("a space can be made");
    let mut log = Log(Vec::with_capacity(operations.len()));
    for operation in operations {
        let (expected, found) = (stock.apply(operation), ours.apply(operation));
        if expected != found {
            match departures::find(operation, &expected, &found) {
                Some(departure) => {
                    departure.catch_up.map(|operation| stock.apply(&operation));
                }
                None => return Err(log.difference(&format!("{operation:?}"), &expected, &found)),
            }
        }
        log.0.push((operation, found.err()));
        // All descriptors now and then, and otherwise those that the operation is about.
        let slots = if log.0.len().is_multiple_of(16) {
            0..SLOTS
        } else {
            let slot = operation.result_slot();
            slot..slot + 1
        };
        for slot in slots.chain([0]) {
            let stat = Operation::Stat { slot };
            let (expected, found) = (stock.apply(&stat), ours.apply(&stat));
            if expected != found {
                return Err(log.difference(&format!("stat {slot}"), &expected, &found));
            }
        }
    }
    for slot in 0..SLOTS {
        let stat = Operation::Stat { slot };
        let (expected, found) = (stock.apply(&stat), ours.apply(&stat));
        if expected != found {
            return Err(log.difference(&format!("stat {slot} at the end"), &expected, &found));
        }
    }
    let (expected, found) = (
        stock.tree().expect("the directory can be read"),
        ours.tree().expect("the space can be read"),
    );
    if let Some((expected, found)) = first_difference(&expected, &found) {
        return Err(log.difference("the tree at the end", &expected, &found));
    }
    for slot in 0..SLOTS {
        let (expected, found) = (stock.held(slot), ours.held(slot));
        if expected != found {
            return Err(log.difference(&format!("what descriptor {slot} holds at the end"), &expected, &found));
        }
    }
    match ours.end() {
        0 => Ok(log.0.iter().filter(|(_, error)| error.is_none()).count()),
        left => Err(log.difference("what is charged after the end", &0, &left)),
    }
}

/// What was done, and how it ended on both sides.
struct Log<'a>(Vec<(&'a Operation, Option<Error>)>);

impl Log<'_> {
    fn difference(&self, what: &str, stock: &impl Debug, ours: &impl Debug) -> Difference {
        let lines = self
            .0
            .iter()
            .filter(|(operation, _)| !matches!(operation, Operation::Stat { .. }));
        Difference {
            what: what.to_owned(),
            stock: short(stock),
            ours: short(ours),
            before: lines
                .map(|(operation, error)| match error {
                    Some(error) => format!("{operation:?}: {error:?}"),
                    None => format!("{operation:?}"),
                })
                .collect(),
        }
    }
}

fn first_difference<T: Clone + PartialEq>(one: &[T], other: &[T]) -> Option<(Option<T>, Option<T>)> {
    (0..one.len().max(other.len()))
        .map(|at| (one.get(at).cloned(), other.get(at).cloned()))
        .find(|(one, other)| one != other)
}

/// Shows a value, but not all of a large content.
fn short(value: &impl Debug) -> String {
    let mut text = format!("{value:?}");
    if text.len() > 400 {
        text.truncate(text.floor_char_boundary(400));
        text.push('…');
    }
    text
}
