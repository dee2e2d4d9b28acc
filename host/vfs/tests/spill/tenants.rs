//! A thousand spaces of ten tenants, some of whom take everything that they are given.

use crate::again::{again, skip, subject_of};
use crate::blocks::{count_descriptors, count_threads, wait_for_threads};
use crate::finish;
use crate::{KIB, assert_unused, content, create, data, names, to_u64};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use scratch_vfs::{Budget, Ended, Error, Level, Limit, Limits, Reserve, Space, SpillDirectory, Usage};
use std::path::Path;

const TENANTS: usize = 10;
const SPACES: usize = 100;
const DESCRIPTORS: u64 = 3_000;

/// What a tenant does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// Takes all of one resource.
    Greedy(Limit),
    /// Takes little.
    Modest,
}

fn manner(tenant: usize) -> Manner {
    match tenant {
        0 => Manner::Greedy(Limit::Bytes),
        1 => Manner::Greedy(Limit::Entries),
        2 => Manner::Greedy(Limit::Memory),
        _ => Manner::Modest,
    }
}

/// Returns the limits of one tenant, or of several together.
fn limits(tenants: u64) -> Limits {
    let limits = Limits::none().to_builder();
    let limits = limits.bytes(tenants * (16 << 20)).entries(tenants * 2_000);
    // So that the contents of all go to disk, but no tenant can take the memory of another.
    limits.memory(tenants * (2 << 20)).build().unwrap()
}

/// A tenant and its spaces.
struct Tenant {
    budget: Budget,
    spaces: Vec<Space>,
}

impl Tenant {
    fn new(process: &Budget, number: usize) -> Self {
        let budget = process.child(format!("tenant-{number}").parse().unwrap(), limits(1));
        let limits = Limits::none().to_builder().file_memory(2_000).build().unwrap();
        let spaces = (0..SPACES)
            .map(|_| Space::builder(&budget).limits(limits).build().unwrap())
            .collect();
        Self { budget, spaces }
    }

    fn work(&self, manner: Manner) {
        for (number, space) in self.spaces.iter().enumerate() {
            match manner {
                Manner::Modest => use_modestly(space, number),
                Manner::Greedy(limit) => while take_one(space, limit).is_ok() {},
            }
        }
    }

    fn check(&self, manner: Manner) {
        let usage = self.budget.usage();
        match manner {
            Manner::Modest => {
                assert_eq!(usage.refusals.total(), 0);
                for (number, space) in self.spaces.iter().enumerate() {
                    assert_eq!(space.usage().refusals.total(), 0);
                    for (name, length) in FILES {
                        assert_eq!(content(&create(space, name)), data(length, number));
                    }
                }
            }
            Manner::Greedy(limit) => {
                assert!(
                    usage.refusals.count(limit, Level::Tenant) >= to_u64(SPACES),
                    "{usage:?}"
                );
                let levels: Vec<_> = usage.refusals.iter().map(|(_, level, _)| level).collect();
                assert!(levels.iter().all(|level| *level == Level::Tenant), "{levels:?}");
            }
        }
        assert_sum(&usage, self.spaces.iter().map(Space::usage));
    }
}

/// The files of a modest space, of which one is in memory.
const FILES: [(&str, usize); 3] = [("small", 1_000), ("own", 3 * KIB), ("larger", 20 * KIB)];

fn use_modestly(space: &Space, number: usize) {
    for (name, length) in FILES {
        create(space, name).write_all(0, &data(length, number)).unwrap();
    }
}

/// Takes some of a resource.
fn take_one(space: &Space, limit: Limit) -> Result<(), Error> {
    let name = format!("f{}", space.usage().entries.used);
    let root = space.root()?;
    match limit {
        Limit::Bytes => create(space, &name).write_all(0, &vec![1; 100 * KIB]),
        Limit::Entries => root.create_directory_at(&name, None),
        // Contents can leave memory, targets of links cannot.
        _ => root.symlink_at(vec![b'x'; 4_000], &name, None),
    }
}

/// Makes sure that a budget is charged for what those below it use together.
fn assert_sum(above: &Usage, below: impl Iterator<Item = Usage>) {
    let parts = |usage: &Usage| {
        [
            usage.bytes.used,
            usage.entries.used,
            usage.open_files.used,
            usage.memory.used,
            usage.slots.used,
            usage.own_files.used,
        ]
    };
    let sum = below.fold([0; 6], |mut sum, usage| {
        for (sum, part) in sum.iter_mut().zip(parts(&usage)) {
            *sum += part;
        }
        sum
    });
    assert_eq!(parts(above), sum);
}

#[test]
fn a_thousand_spaces_of_ten_tenants_do_not_notice_the_greedy_ones() {
    const TEST: &str = "tenants::a_thousand_spaces_of_ten_tenants_do_not_notice_the_greedy_ones";
    if let Some(directory) = subject_of("worker") {
        return work(directory.as_ref());
    }
    if getrlimit(Resource::Nofile)
        .maximum
        .is_some_and(|maximum| maximum < DESCRIPTORS + 100)
    {
        return skip("a process may not have enough descriptors for a thousand spaces");
    }
    let folder = tempfile::tempdir().unwrap();
    finish(&mut again(&[], TEST, "worker", folder.path().to_str().unwrap()));
    assert_eq!(names(folder.path()), [""; 0]);
}

fn work(directory: &Path) {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let raised = Rlimit {
        current: Some(DESCRIPTORS + 100),
        maximum,
    };
    setrlimit(Resource::Nofile, raised).unwrap();
    let (before, threads) = (count_descriptors(), count_threads());
    let spill = SpillDirectory::builder()
        .reserve(Reserve::Bytes(0))
        .descriptors(DESCRIPTORS)
        .open(directory)
        .unwrap();
    let process = Budget::with_spill(limits(to_u64(TENANTS)), spill);
    let tenants: Vec<_> = (0..TENANTS).map(|number| Tenant::new(&process, number)).collect();
    std::thread::scope(|scope| {
        for (number, tenant) in tenants.iter().enumerate() {
            scope.spawn(move || tenant.work(manner(number)));
        }
    });
    process.trim();
    assert_eq!(process.usage().refusals.total(), 0);
    assert_sum(&process.usage(), tenants.iter().map(|tenant| tenant.budget.usage()));
    for (number, tenant) in tenants.iter().enumerate() {
        tenant.check(manner(number));
    }
    assert!(process.usage().slots.used > 0 && process.usage().own_files.used > 0);
    for space in tenants.iter().flat_map(|tenant| &tenant.spaces) {
        let ended = space.end();
        assert_eq!(ended.left, Ended::default().left);
    }
    for tenant in &tenants {
        assert_unused(&tenant.budget);
    }
    assert_unused(&process);
    // A thread that frees blocks keeps the file until it is done.
    wait_for_threads(threads);
    drop((tenants, process));
    assert_eq!(count_descriptors(), before);
}
