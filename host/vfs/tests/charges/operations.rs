//! The operations that the model and the crate both perform, and how to make them up.

use crate::ledger::{Bounds, PAGE};
use proptest::collection::vec;
use proptest::prelude::*;

/// How many spaces there are at a time.
pub(crate) const SPACES: usize = 4;

/// How many budgets there are: the process's, two tenants', and one below the second tenant's.
pub(crate) const BUDGETS: usize = 4;

/// The budget that each space is directly below.
pub(crate) const BUDGET_OF_SPACE: [usize; SPACES] = [1, 1, 2, 3];

/// The budget that each budget is directly below.
pub(crate) const BUDGET_ABOVE: [Option<usize>; BUDGETS] = [None, Some(0), Some(0), Some(2)];

/// What is written at once: a limit that ends there is met between two steps of a write.
pub(crate) const STEP: u64 = 1 << 20;

/// How much larger the limits of budgets are than those of spaces. They are less than the sum, so that each level refuses now and then.
const PROCESS_SCALE: u64 = 2;
const TENANT_SCALE: u64 = 2;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// A path of one or two names.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) directory: Option<&'static str>,
    pub(crate) name: &'static str,
}

impl Place {
    pub(crate) fn path(&self) -> String {
        match self.directory {
            Some(directory) => format!("{directory}/{}", self.name),
            None => self.name.to_owned(),
        }
    }
}

/// An operation on a space, or on something that is open.
///
/// `handle` selects one of what is open, by its remainder.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Open {
        space: usize,
        place: Place,
        create: bool,
        exclusive: bool,
        truncate: bool,
    },
    OpenDirectory {
        space: usize,
        place: Place,
    },
    MakeDirectory {
        space: usize,
        place: Place,
    },
    MakeLink {
        space: usize,
        place: Place,
        steps: usize,
    },
    Unlink {
        space: usize,
        place: Place,
    },
    RemoveDirectory {
        space: usize,
        place: Place,
    },
    RemoveAll {
        space: usize,
        place: Place,
        revoke: bool,
    },
    Rename {
        space: usize,
        from: Place,
        to: Place,
    },
    Link {
        space: usize,
        from: Place,
        to: Place,
    },
    LinkHandle {
        space: usize,
        handle: usize,
        place: Place,
    },
    RemoveHandle {
        space: usize,
        handle: usize,
        revoke: bool,
    },
    MakeNameless {
        space: usize,
    },
    ListRoot {
        space: usize,
    },
    List {
        handle: usize,
    },
    Clone {
        handle: usize,
    },
    Close {
        handle: usize,
    },
    /// Writes from an offset on, or at the end.
    Write {
        handle: usize,
        offset: Option<u64>,
        length: usize,
        all: bool,
    },
    SetSize {
        handle: usize,
        size: u64,
    },
    LimitSpace {
        space: usize,
        bounds: Bounds,
    },
    LimitBudget {
        budget: usize,
        bounds: Bounds,
    },
    Trim {
        budget: usize,
    },
    Reset {
        space: usize,
    },
    End {
        space: usize,
    },
    /// Drops the space, and makes another one in its stead.
    Renew {
        space: usize,
        bounds: Bounds,
    },
}

/// What an operation answers, besides what it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Written(usize),
    Removed { entries: u64, bytes: u64 },
    Ended { entries: u64, bytes: u64, open: u64 },
}

/// Returns the target of a symbolic link that leads nowhere.
pub(crate) fn target(steps: usize) -> String {
    "t/".repeat(steps) + "t"
}

fn place() -> impl Strategy<Value = Place> {
    let directory = prop_oneof![3 => Just(None), 2 => (0..2_usize).prop_map(|at| Some(NAMES[at]))];
    (directory, 0..NAMES.len()).prop_map(|(directory, at)| Place {
        directory,
        name: NAMES[at],
    })
}

/// Makes up the length of a write, mostly a small one or one that is close to where pages end.
pub(crate) fn length() -> impl Strategy<Value = usize> {
    prop_oneof![
        4 => 1..300_usize,
        2 => 1_000..70_000_usize,
        2 => (1..4_usize, 0..3_usize).prop_map(|(pages, more)| pages * 65_536 + more - 1),
        2 => 65_536..300_000_usize,
        1 => Just(1 << 20),
        1 => 1_000_000..2_500_000_usize,
    ]
}

/// Makes up an offset or a size.
pub(crate) fn offset() -> impl Strategy<Value = u64> {
    prop_oneof![
        3 => Just(0),
        3 => 0..300_u64,
        2 => 0..70_000_u64,
        2 => (0..5_u64, 0..3_u64).prop_map(|(pages, more)| (pages * PAGE + more).saturating_sub(1)),
        1 => 0..2_000_000_u64,
    ]
}

/// Makes up limits that are small enough to refuse. The scale says how many spaces share them.
pub(crate) fn bounds(scale: u64, has_all: bool) -> impl Strategy<Value = Bounds> {
    let limit = move |strategy: BoxedStrategy<u64>| {
        let none = if has_all { 0 } else { 3 };
        prop_oneof![4 => strategy.prop_map(Some), none => Just(None)].boxed()
    };
    let bytes =
        prop_oneof![1 => 0..2_000_u64, 2 => 0..400_000 * scale, 1 => Just(STEP), 1 => 1_000_000..3_000_000 * scale]
            .boxed();
    let memory = prop_oneof![
        1 => 0..1_000_u64,
        2 => 0..4 * PAGE * scale,
        2 => (1..8 * scale).prop_map(|pages| pages * PAGE),
        1 => Just(STEP),
        1 => 20 * PAGE..50 * PAGE * scale,
    ]
    .boxed();
    let file_bytes = prop_oneof![2 => Just(None), 1 => (0..500_000_u64).prop_map(Some), 1 => Just(Some(STEP))];
    let all = (
        limit(bytes),
        limit((1..8 * scale).boxed()),
        limit((2..8 * scale).boxed()),
        limit(memory),
    );
    (all, file_bytes).prop_map(|((bytes, entries, open_files, memory), file_bytes)| Bounds {
        all: [bytes, entries, open_files, memory],
        file_bytes: file_bytes.map(|one: u64| one.min(bytes.unwrap_or(u64::MAX))),
    })
}

/// Makes up the limits of all budgets, and of all spaces.
pub(crate) fn all_bounds() -> impl Strategy<Value = (Vec<Bounds>, Vec<Bounds>)> {
    let process = bounds(PROCESS_SCALE, true);
    let others = vec(bounds(TENANT_SCALE, false), BUDGETS - 1);
    let budgets = (process, others).prop_map(|(process, others)| [vec![process], others].concat());
    (budgets, vec(bounds(1, false), SPACES))
}

pub(crate) fn operation() -> impl Strategy<Value = Operation> {
    use Operation::*;
    let space = || 0..SPACES;
    let handle = || 0..1_000_usize;
    let limit_budget = (0..BUDGETS).prop_flat_map(|budget| {
        bounds(if budget == 0 { PROCESS_SCALE } else { TENANT_SCALE }, budget == 0)
            .prop_map(move |bounds| LimitBudget { budget, bounds })
    });
    let names = prop_oneof![
        12 => (space(), place(), prop::bool::weighted(0.8), prop::bool::weighted(0.1), prop::bool::weighted(0.2))
            .prop_map(|(space, place, create, exclusive, truncate)| Open { space, place, create, exclusive, truncate }),
        2 => (space(), place()).prop_map(|(space, place)| OpenDirectory { space, place }),
        5 => (space(), place()).prop_map(|(space, place)| MakeDirectory { space, place }),
        2 => (space(), place(), 0..200_usize).prop_map(|(space, place, steps)| MakeLink { space, place, steps }),
        3 => (space(), place()).prop_map(|(space, place)| Unlink { space, place }),
        1 => (space(), place()).prop_map(|(space, place)| RemoveDirectory { space, place }),
        3 => (space(), place(), any::<bool>()).prop_map(|(space, place, revoke)| RemoveAll { space, place, revoke }),
        4 => (space(), place(), place()).prop_map(|(space, from, to)| Rename { space, from, to }),
        3 => (space(), place(), place()).prop_map(|(space, from, to)| Link { space, from, to }),
        2 => (space(), handle(), place()).prop_map(|(space, handle, place)| LinkHandle { space, handle, place }),
        2 => (space(), handle(), any::<bool>()).prop_map(|(space, handle, revoke)| RemoveHandle { space, handle, revoke }),
        2 => space().prop_map(|space| MakeNameless { space }),
        1 => space().prop_map(|space| ListRoot { space }),
    ];
    let handles = prop_oneof![
        1 => handle().prop_map(|handle| List { handle }),
        1 => handle().prop_map(|handle| Clone { handle }),
        6 => handle().prop_map(|handle| Close { handle }),
        14 => (handle(), prop::option::weighted(0.7, offset()), length(), any::<bool>())
            .prop_map(|(handle, offset, length, all)| Write { handle, offset, length, all }),
        4 => (handle(), offset()).prop_map(|(handle, size)| SetSize { handle, size }),
    ];
    let owners = prop_oneof![
        4 => (space(), bounds(1, false)).prop_map(|(space, bounds)| LimitSpace { space, bounds }),
        4 => limit_budget,
        1 => (0..BUDGETS).prop_map(|budget| Trim { budget }),
        1 => space().prop_map(|space| Reset { space }),
        1 => space().prop_map(|space| End { space }),
        2 => (space(), bounds(1, false)).prop_map(|(space, bounds)| Renew { space, bounds }),
    ];
    prop_oneof![8 => names, 5 => handles, 2 => owners]
}
