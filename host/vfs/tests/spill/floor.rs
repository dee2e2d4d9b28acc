//! The free space that contents leave to everybody else.

use crate::again::{again, subject_of};
use crate::blocks::free;
use crate::disks::{Disk, on_disks};
use crate::{KIB, Tier, create, space, to_u64};
use scratch_vfs::{Budget, Error, Level, Limit, Limits, Reserve, SpillDirectory};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// The free space to leave.
const FLOOR: u64 = 16 << 20;
/// What a process may take below the floor, because it looked at the file system before others wrote.
const MAX_BELOW: u64 = 1 << 20;

const DISKS: [Disk; 2] = [
    Disk::Tmpfs("size=64m"),
    Disk::Ext4 {
        mebibytes: 64,
        inodes: 1_000,
    },
];

/// Makes a budget that knows nothing of the others on the same disk.
fn budget(directory: &Path) -> Budget {
    let spill = SpillDirectory::builder()
        .reserve(Reserve::Bytes(FLOOR))
        .descriptors(1_000)
        .open(directory)
        .unwrap();
    Budget::with_spill(Limits::none(), spill)
}

/// Writes in small pieces until the disk refuses.
fn write_until_refused(budget: &Budget, tier: Tier) -> scratch_vfs::Space {
    let space = space(budget, tier);
    let file = create(&space, "f");
    let refused = loop {
        if let Err(error) = file.append_all(&vec![1; 64 * KIB]) {
            break error;
        }
    };
    assert_eq!(refused, Error::InsufficientSpace);
    assert_eq!(space.usage().refusals.count(Limit::Bytes, Level::Disk), 1);
    space
}

#[test]
fn the_floor_holds_against_eight_processes_and_another_writer() {
    const TEST: &str = "floor::the_floor_holds_against_eight_processes_and_another_writer";
    const PROCESSES: usize = 8;
    if let Some(subject) = subject_of("worker") {
        let (tier, directory) = subject.split_once(' ').unwrap();
        let tier = if tier == "own" { Tier::Own } else { Tier::Slots };
        let budget = budget(directory.as_ref());
        let _kept = write_until_refused(&budget, tier);
        println!("refused");
        // The contents stay until the others were refused, too.
        std::io::stdin().lines().for_each(drop);
        return;
    }
    on_disks(TEST, &DISKS, |directory| {
        let workers: Vec<_> = (0..PROCESSES)
            .map(|number| {
                let tier = ["own", "slots"][number % 2];
                again(&[], TEST, "worker", &format!("{tier} {}", directory.display()))
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        let lowest = watch(directory, workers);
        println!("{} bytes are the least that was free", lowest);
        assert!(
            lowest + MAX_BELOW * to_u64(PROCESSES) >= FLOOR,
            "only {lowest} bytes were free"
        );
        assert!(lowest < FLOOR + MAX_BELOW, "{lowest} bytes were left unused");
    });
}

/// Watches the free space until all workers were refused. Meanwhile writes 8 MiB of its own. Returns the least free space.
fn watch(directory: &Path, mut workers: Vec<Child>) -> u64 {
    let refused = AtomicUsize::new(0);
    let mut lowest = u64::MAX;
    std::thread::scope(|scope| {
        for worker in &mut workers {
            let mut lines = BufReader::new(worker.stdout.take().unwrap()).lines();
            let refused = &refused;
            scope.spawn(move || {
                let has_said = lines.any(|line| line.unwrap().ends_with("refused"));
                refused.fetch_add(1, SeqCst);
                assert!(has_said, "the worker is refused");
                // The rest is read so that the worker can say it.
                lines.for_each(drop);
            });
        }
        scope.spawn(|| {
            let mut file = std::fs::File::create(directory.join("other")).unwrap();
            for _ in 0..128 {
                file.write_all(&vec![1; 64 * KIB]).unwrap();
                std::thread::yield_now();
            }
        });
        loop {
            let is_last = refused.load(SeqCst) == workers.len();
            lowest = lowest.min(free(directory).bytes);
            if is_last {
                break;
            }
        }
        workers.iter_mut().for_each(|worker| drop(worker.stdin.take()));
    });
    for mut worker in workers {
        assert!(worker.wait().unwrap().success());
    }
    lowest
}

#[test]
fn a_process_that_was_idle_does_not_take_what_was_free_before() {
    const TEST: &str = "floor::a_process_that_was_idle_does_not_take_what_was_free_before";
    on_disks(TEST, &DISKS, |directory| {
        let (idle, busy) = (budget(directory), budget(directory));
        let space = space(&idle, Tier::Own);
        let file = create(&space, "f");
        file.write_all(0, b"x").unwrap();
        let _kept = write_until_refused(&busy, Tier::Own);
        let _kept = write_until_refused(&idle, Tier::Own);
        let left = free(directory).bytes;
        assert!(left + MAX_BELOW >= FLOOR, "only {left} bytes are free");
    });
}
