//! What the processes do that are killed.

use crate::blocks::nameless_blocks;
use crate::random::Random;
use crate::{KIB, MIB, Tier, assert_unused, budget, content, create, data, end, remove, space, to_u64};
use scratch_vfs::{Limits, Space};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// Uses every tier once, and ends by itself.
pub(crate) fn work_once(directory: &Path) {
    let budget = budget(directory);
    let (memory, own, slots) = (
        space(&budget, Tier::Memory),
        space(&budget, Tier::Own),
        space(&budget, Tier::Slots),
    );
    create(&memory, "f").write_all(0, &data(100 * KIB, 1)).unwrap();

    // A content of its own grows, is cut off, and is removed.
    let first = create(&own, "first");
    first.write_all(0, &data(10 * KIB, 2)).unwrap();
    first.set_size(5_000).unwrap();
    create(&own, "second").write_all(to_u64(MIB), b"behind a hole").unwrap();
    remove(&own, "second");

    // Slots are used, used again with a gap, and grown out of.
    let keeper = create(&slots, "keeper");
    keeper.write_all(0, &data(3 * KIB, 3)).unwrap();
    create(&slots, "old").write_all(0, &data(10 * KIB, 4)).unwrap();
    remove(&slots, "old");
    create(&slots, "new")
        .write_all(to_u64(9 * KIB), b"behind a gap")
        .unwrap();
    keeper.append_all(&data(20 * KIB, 5)).unwrap();
    free_blocks(&slots);

    // A content leaves memory.
    let limits = Limits::none().to_builder().file_memory(to_u64(100 * KIB));
    memory.set_limits(limits.build().unwrap());
    create(&memory, "f").append_all(&data(100 * KIB, 6)).unwrap();
    assert_eq!(content(&first), data(10 * KIB, 2)[..5_000]);
    for space in [memory, own, slots] {
        end(&space);
    }
    assert_unused(&budget);
}

/// Removes so many contents that the blocks of their slots are freed, and gives that time to happen.
fn free_blocks(slots: &Space) {
    for number in 0..10 {
        create(slots, &format!("large{number}"))
            .write_all(0, &vec![1; MIB])
            .unwrap();
    }
    let before = nameless_blocks();
    for number in 0..10 {
        remove(slots, &format!("large{number}"));
    }
    // Some file systems cannot free blocks, so this does not wait forever.
    let start = Instant::now();
    while nameless_blocks() >= before && start.elapsed() < Duration::from_secs(10) {
        std::thread::yield_now();
    }
}

/// Uses every tier on two threads until it is killed. Says when it has begun.
pub(crate) fn work_forever(directory: &Path, seed: u64) {
    let budget = budget(directory);
    let begun = space(&budget, Tier::Own);
    create(&begun, "f").write_all(0, b"begun").unwrap();
    println!("begun");
    std::io::stdout().flush().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let budget = &budget;
            scope.spawn(move || {
                let mut random = Random::new(seed + thread);
                loop {
                    let tier = [Tier::Memory, Tier::Own, Tier::Slots][random.below(3)];
                    let space = space(budget, tier);
                    for _ in 0..random.below(50) {
                        change_randomly(&space, &mut random);
                    }
                }
            });
        }
    });
}

fn change_randomly(space: &Space, random: &mut Random) {
    let file = create(space, &format!("f{}", random.below(5)));
    match random.below(4) {
        0 => file.set_size(to_u64(random.below(200_000))).unwrap(),
        1 => space.root().unwrap().unlink_file_at("f0").unwrap_or_default(),
        _ => {
            let length = [1, 5_000, 100_000][random.below(3)];
            file.write_all(to_u64(random.below(200_000)), &vec![1; length]).unwrap();
        }
    }
}
