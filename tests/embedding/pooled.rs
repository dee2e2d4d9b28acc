//! Instances out of a pool.

use scratch_tests::programs;
use wasmtime::{Config, Engine, PoolingAllocationConfig};
use wasmtime_scratch::Limits;

use crate::support::{Host, block_on};
use crate::{Ended, Given, assert_all_over, assert_nothing_left, asynchronous, open, run, run_async, synchronous};

/// An engine with room for so many instances at once. Each has a handful of core instances.
fn pooled(instances: u32) -> Engine {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances * 8)
        .total_memories(instances)
        .total_tables(instances * 8)
        .total_stacks(instances);
    let mut config = Config::new();
    config.allocation_strategy(pool);
    Engine::new(&config).expect("there is room for a pool")
}

#[test]
fn two_hundred_pooled_instances_leave_nothing() {
    /// So many at once.
    const WIDTH: u32 = 8;
    let engine = pooled(WIDTH);
    let program = asynchronous(&engine, programs::ENDS, wasmtime_scratch::add_to_linker_async);
    let host = Host::new();
    let base = open(&host);
    block_on(async {
        for round in 0..25_usize {
            let mut running = tokio::task::JoinSet::new();
            for number in 0..8_usize {
                let (program, space) = (program.clone(), base.space_within(None, Limits::UNLIMITED));
                let end = ["return", "error", "trap"][(round + number) % 3];
                running.spawn(async move {
                    let given = Given {
                        args: &[end],
                        ..Given::default()
                    };
                    let ended = run_async(&program, &space, given).await;
                    (end, ended, space.end_async().await)
                });
            }
            for (end, ended, report) in running.join_all().await {
                assert_nothing_left(&report);
                // A directory with two files, and a file with a name.
                let left = match (end, &ended) {
                    ("return", Ended::Well { .. }) | ("error", Ended::InError { .. }) => 0,
                    ("trap", Ended::InTrap { .. }) => 4,
                    _ => panic!("{end}: {ended:?}"),
                };
                assert_eq!(report.receipt.entries_found, left, "{report:#?}");
                assert_eq!(report.handles(), 2, "{report:#?}");
            }
        }
    });
    assert_eq!(base.counters().handles, 400);
    assert_all_over(base, &host, 200);
}

#[test]
fn one_space_serves_the_stores_of_a_session_at_once() {
    const STORES: usize = 4;
    let engine = pooled(4);
    let program = synchronous(&engine, programs::KEEP_ONE, wasmtime_scratch::add_to_linker_sync);
    let host = Host::new();
    let base = open(&host);
    let space = base.space_within(None, Limits::UNLIMITED);
    for round in 1..=5 {
        std::thread::scope(|scope| {
            for _ in 0..STORES {
                scope.spawn(|| {
                    let given = Given {
                        args: &["disk"],
                        ..Given::default()
                    };
                    assert_eq!(run(&program, &space, given).printed(), "ok\n");
                });
            }
        });
        // What each kept stands in the space until that ends.
        assert_eq!(space.entries().len(), 6 * STORES * round);
    }
    let usage = space.usage();
    assert_eq!(
        (usage.entries.now, usage.open_files.now, usage.memory.now),
        (120, 0, 0),
        "{usage:#?}"
    );
    let report = space.end();
    assert_nothing_left(&report);
    assert_eq!(report.receipt.entries_found, 120, "{report:#?}");
    assert_all_over(base, &host, 1);
}
