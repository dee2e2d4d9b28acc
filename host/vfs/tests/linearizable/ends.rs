//! Spaces that end, or are reset, while others work in them.
//!
//! The end detaches the tree at one moment. From then on nobody finds a name. A file that is open is freed a little later, each
//! at a moment of its own before the end returns, and can be read and written until then.

use crate::checker::check;
use crate::generate::{Theme, programs, room};
use crate::operation::{Ending, Operation, Outcome};
use crate::run::{Run, Step};
use crate::search::find_order;
use crate::state::Charges;
use crate::world::Room;
use proptest::prelude::*;
use scratch_vfs::Error;

/// Makes programs for two to four threads, and one that ends the space.
fn programs_with(ending: Ending) -> impl Strategy<Value = Vec<Vec<Step>>> {
    let end = move |pause| Step {
        pause,
        operation: Operation::End(ending),
    };
    let look = |pause| Step {
        pause,
        operation: Operation::Stat(0),
    };
    let pauses = proptest::collection::vec(0..24_u32, 0..4);
    (programs(Theme::Everything, 2..=3, 3..=5), pauses, 0..24_u32).prop_map(move |(mut programs, pauses, pause)| {
        let looks = pauses.into_iter().map(look);
        programs.push(looks.chain([end(pause)]).collect());
        programs
    })
}

#[test]
fn the_end_comes_at_one_moment_for_the_tree_and_for_each_file() {
    check(300, programs_with(Ending::End), room(), is_ended);
}

#[test]
fn a_reset_comes_at_one_moment_for_the_tree_and_for_each_file() {
    check(300, programs_with(Ending::Reset), room(), is_ended);
}

fn is_ended(run: Run, room: Room) -> Result<(), String> {
    let Run { world, hands, history } = run;
    let ended = history.ended().ok_or("the space has not ended")?;
    for record in history.0.iter().flatten().filter(|record| record.called > ended) {
        let is_shell = match record.outcome {
            Outcome::Failed(Error::NoEntry) | Outcome::NoHandle => true,
            // A directory has no content, whether or not it exists.
            Outcome::Failed(Error::BadDescriptor | Error::Invalid) => record.operation.is_of_content(),
            _ => matches!(record.operation, Operation::Close(_) | Operation::IsSameObject(..)),
        };
        if !is_shell {
            return Err(format!(
                "something worked after the end had returned: {record:?}\n{history}"
            ));
        }
    }
    let open_files = u64::try_from(1 + hands.iter().map(|hand| hand.handles.len() + 1).sum::<usize>());
    let due = Charges {
        bytes: 0,
        entries: 0,
        open_files: open_files.map_err(|error| error.to_string())?,
    };
    let usage = world.space.usage();
    if Charges::from(usage) != due || Charges::from(world.budget.usage()) != due || usage.memory.used != 0 {
        return Err(format!("charged after the end: {usage:?}, due: {due:?}\n{history}"));
    }
    let history = history.with_ends_in_parts();
    if find_order(&history, room, None).is_none() {
        return Err(format!("no order was found that explains this history:\n{history}"));
    }
    if !world.space.has_ended() {
        drop(hands);
        let root = world.space.root().map_err(|error| error.to_string())?;
        let size = root.stat().map_err(|error| error.to_string())?.size;
        if size != 40 {
            return Err(format!("the new root is not empty\n{history}"));
        }
    } else {
        drop(hands);
    }
    drop((world.root, world.space));
    let left = world.budget.usage();
    if Charges::from(left) == Charges::default() {
        Ok(())
    } else {
        Err(format!("charged when nothing is open: {left:?}\n{history}"))
    }
}
