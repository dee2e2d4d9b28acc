//! The operations whose holds are measured.

use scratch_vfs::{Descriptor, Limits, OpenOptions, Opened, Space, Tag};
use std::sync::Arc;

/// An operation: what it needs, and how often it is called.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) holds: Holds,
    /// How many calls there are with so many entries.
    pub(crate) calls: fn(usize) -> usize,
    /// Prepares a space with so many entries.
    pub(crate) prepare: fn(&Arc<Space>, usize) -> Call,
}

/// Calls of an operation that are so few that the processor's caches are emptied before each.
pub(crate) const FEW: usize = 10;

/// Makes the call with a number.
pub(crate) type Call = Box<dyn FnMut(usize)>;

/// Tells how often a call takes the lock.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Once, or a few times for moments. So no hold is longer than the call.
    One,
    /// Many times, in steps.
    Many,
}

pub(crate) const OPERATIONS: [Operation; 30] = [
    Operation {
        name: "make directories, from none to all",
        holds: Holds::One,
        calls: all,
        prepare: |space, _| {
            let root = root(space);
            Box::new(move |number| root.create_directory_at(name(number), None).unwrap())
        },
    },
    Operation {
        name: "the same, each with a tag of its own",
        holds: Holds::One,
        calls: all,
        prepare: |space, _| {
            let root = root(space);
            Box::new(move |number| {
                let tag = Tag(u64::try_from(number).unwrap());
                root.create_directory_at(name(number), Some(tag)).unwrap();
            })
        },
    },
    Operation {
        name: "create files, from none to all",
        holds: Holds::One,
        calls: all,
        prepare: |space, _| {
            let root = root(space);
            Box::new(move |number| create(&root, &name(number), None))
        },
    },
    Operation {
        name: "open and stat a file",
        holds: Holds::One,
        calls: some,
        prepare: |space, entries| {
            let root = filled(space, entries, None);
            Box::new(move |number| {
                root.open_at(name(number), &OpenOptions::new()).unwrap();
                root.stat_at(name(number), true).unwrap();
            })
        },
    },
    Operation {
        name: "rename a file in its directory",
        holds: Holds::One,
        calls: all,
        prepare: |space, entries| {
            let root = filled(space, entries, None);
            Box::new(move |number| root.rename_at(name(number), &root, format!("r{number}")).unwrap())
        },
    },
    Operation {
        name: "move a file to another directory",
        holds: Holds::One,
        calls: all,
        prepare: |space, entries| {
            let root = filled(space, entries, None);
            let to = make_directory(&root, "to");
            Box::new(move |number| root.rename_at(name(number), &to, name(number)).unwrap())
        },
    },
    Operation {
        name: "move a directory that has everything",
        holds: Holds::One,
        calls: |_| 1_000,
        prepare: |space, entries| {
            let root = root(space);
            let (a, b) = (make_directory(&root, "a"), make_directory(&root, "b"));
            fill(&make_directory(&a, "all"), entries, None);
            Box::new(move |number| {
                let (from, to) = if number % 2 == 0 { (&a, &b) } else { (&b, &a) };
                from.rename_at("all", to, "all").unwrap();
            })
        },
    },
    Operation {
        name: "unlink the oldest file",
        holds: Holds::One,
        calls: all,
        prepare: |space, entries| {
            let root = filled(space, entries, None);
            Box::new(move |number| root.unlink_file_at(name(number)).unwrap())
        },
    },
    Operation {
        name: "unlink a file, in no order",
        holds: Holds::One,
        calls: all,
        prepare: |space, entries| {
            let root = filled(space, entries, None);
            // A prime number that does not divide the number of entries reaches all of them.
            Box::new(move |number| root.unlink_file_at(name(number * 7_919 % entries)).unwrap())
        },
    },
    Operation {
        name: "list all",
        holds: Holds::Many,
        calls: once,
        prepare: |space, entries| {
            let root = filled(space, entries, None);
            Box::new(move |_| {
                let mut listing = root.list().unwrap();
                while listing.next().unwrap().is_some() {}
            })
        },
    },
    Operation {
        name: "walk through all, each in a directory of its own",
        holds: Holds::Many,
        calls: once,
        prepare: |space, entries| {
            let root = root(space);
            spread(&root, entries);
            walk(space)
        },
    },
    Operation {
        name: "walk through a chain of directories",
        holds: Holds::Many,
        calls: once,
        prepare: |space, entries| {
            drop(chain(&root(space), entries));
            walk(space)
        },
    },
    Operation {
        name: "remove all, from one directory",
        holds: Holds::Many,
        calls: once,
        prepare: |space, entries| {
            let root = root(space);
            fill(&make_directory(&root, "all"), entries, None);
            remove(root)
        },
    },
    Operation {
        name: "remove all, each in a directory of its own",
        holds: Holds::Many,
        calls: once,
        prepare: |space, entries| {
            let root = root(space);
            spread(&make_directory(&root, "all"), entries);
            remove(root)
        },
    },
    Operation {
        name: "remove a chain of directories",
        holds: Holds::Many,
        calls: once,
        prepare: |space, entries| {
            let root = root(space);
            drop(chain(&make_directory(&root, "all"), entries));
            remove(root)
        },
    },
    Operation {
        name: "remove a file that has all names",
        holds: Holds::Many,
        calls: once,
        prepare: |space, entries| {
            let root = root(space);
            let file = space.create_nameless(None).unwrap();
            (0..entries).for_each(|number| root.link_descriptor_at(&file, name(number)).unwrap());
            let space = Arc::clone(space);
            Box::new(move |_| {
                space.remove(&file, Opened::Keep).unwrap();
            })
        },
    },
    Operation {
        name: "remove all that has a tag",
        holds: Holds::Many,
        calls: once,
        prepare: |space, entries| {
            filled(space, entries, Some(Tag(1)));
            remove_tagged(space)
        },
    },
    Operation {
        name: "the same, each in a directory that has the tag",
        holds: Holds::Many,
        calls: once,
        prepare: |space, entries| {
            let root = root(space);
            for number in 0..entries {
                root.create_directory_at(name(number), Some(Tag(1))).unwrap();
            }
            remove_tagged(space)
        },
    },
    Operation {
        name: "the same, all open and without names",
        holds: Holds::Many,
        calls: once,
        prepare: |space, entries| {
            let open: Vec<_> = (0..entries)
                .map(|_| space.create_nameless(Some(Tag(1))).unwrap())
                .collect();
            let mut remove = remove_tagged(space);
            Box::new(move |number| {
                remove(number);
                assert!(!open.is_empty());
            })
        },
    },
    Operation {
        name: "end",
        holds: Holds::Many,
        calls: once,
        prepare: |space, entries| {
            filled(space, entries, None);
            let space = Arc::clone(space);
            Box::new(move |_| {
                space.end();
            })
        },
    },
    Operation {
        name: "remove a directory with 500 files",
        holds: Holds::One,
        calls: |entries| entries / 500,
        prepare: |space, entries| {
            let root = root(space);
            fill_alternately(&root, entries);
            Box::new(move |number| {
                root.remove_all_at(name(number), Opened::Keep).unwrap();
            })
        },
    },
    Operation {
        name: "remove 500 files that have a tag",
        holds: Holds::One,
        calls: |entries| entries / 500,
        prepare: |space, entries| {
            fill_alternately(&root(space), entries);
            let space = Arc::clone(space);
            Box::new(move |number| {
                let tag = Tag(u64::try_from(number).unwrap());
                space.remove_tagged(tag, Opened::Keep).unwrap();
            })
        },
    },
    Operation {
        name: "go up 500 levels in a walk",
        holds: Holds::One,
        calls: |_| 501,
        prepare: |space, entries| {
            let top = make_directory(&root(space), "top");
            drop(scattered_chains(
                [&top],
                500,
                &make_directory(&root(space), "others"),
                entries,
            ));
            let mut walk = space.walk(&top).unwrap();
            Box::new(move |_| {
                walk.next().unwrap();
            })
        },
    },
    Operation {
        name: "move a directory 500 levels down, and back",
        holds: Holds::One,
        calls: few,
        prepare: |space, entries| {
            let root = root(space);
            let (top, others) = (make_directory(&root, "top"), make_directory(&root, "others"));
            let [end] = scattered_chains([&top], 500, &others, entries);
            root.create_directory_at("moved", None).unwrap();
            Box::new(move |number| {
                let (from, to) = if number % 2 == 0 { (&root, &end) } else { (&end, &root) };
                from.rename_at("moved", to, "moved").unwrap();
            })
        },
    },
    Operation {
        name: "change the limits",
        holds: Holds::One,
        calls: |_| 1_000,
        prepare: |space, entries| {
            filled(space, entries, None);
            let space = Arc::clone(space);
            Box::new(move |number| {
                let entries = u64::try_from(number).unwrap();
                space.set_limits(Limits::builder().entries(entries).build().unwrap());
            })
        },
    },
    Operation {
        name: "move a directory to the end of a chain, and back",
        holds: Holds::Many,
        calls: few,
        prepare: |space, entries| {
            let root = root(space);
            let end = chain(&root, entries);
            root.create_directory_at("moved", None).unwrap();
            Box::new(move |number| {
                let (from, to) = if number % 2 == 0 { (&root, &end) } else { (&end, &root) };
                from.rename_at("moved", to, "moved").unwrap();
            })
        },
    },
    Operation {
        name: "rename at the ends of two chains during a removal",
        holds: Holds::Many,
        calls: few,
        prepare: |space, entries| {
            let root = root(space);
            let ends = ["a", "b"].map(|top| chain(&make_directory(&root, top), entries / 4));
            ends[0].create_directory_at("moved", None).unwrap();
            fill(&make_directory(&root, "all"), entries / 2, None);
            let mut all = Some(root);
            Box::new(move |number| {
                if let Some(root) = all.take() {
                    std::thread::spawn(move || root.remove_all_at("all", Opened::Keep));
                }
                let (from, to) = (&ends[number % 2], &ends[(number + 1) % 2]);
                from.rename_at("moved", to, "moved").unwrap();
            })
        },
    },
    Operation {
        name: "rename by two paths of 2,000 directories",
        holds: Holds::One,
        calls: some,
        prepare: |space, _| {
            let root = root(space);
            let tops = ["a", "b"].map(|top| make_directory(&root, top));
            create(&chain(&tops[0], 2_000), "file", None);
            drop(chain(&tops[1], 2_000));
            let path = format!("{}file", "d/".repeat(2_000));
            Box::new(move |number| {
                let (from, to) = (&tops[number % 2], &tops[(number + 1) % 2]);
                from.rename_at(&path, to, &path).unwrap();
            })
        },
    },
    Operation {
        name: "the same, far from each other in a large tree",
        holds: Holds::One,
        calls: few,
        prepare: |space, entries| {
            let root = root(space);
            let others = make_directory(&root, "others");
            let tops = ["a", "b"].map(|top| make_directory(&root, top));
            let [end, _] = scattered_chains([&tops[0], &tops[1]], 2_000, &others, entries);
            create(&end, "file", None);
            let path = format!("{}file", "d/".repeat(2_000));
            Box::new(move |number| {
                let (from, to) = (&tops[number % 2], &tops[(number + 1) % 2]);
                from.rename_at(&path, to, &path).unwrap();
            })
        },
    },
    Operation {
        name: "rename by two paths of 4,000 directories, through links",
        holds: Holds::One,
        calls: some,
        prepare: |space, _| {
            let root = root(space);
            let tops = ["a", "b"].map(|top| make_directory(&root, top));
            create(&chain(&tops[0], 4_000), "file", None);
            drop(chain(&tops[1], 4_000));
            for top in &tops {
                let further = vec!["d"; 2_000].join("/");
                top.symlink_at(&further, "link1", None).unwrap();
                top.symlink_at(format!("link1/{further}"), "link2", None).unwrap();
            }
            Box::new(move |number| {
                let (from, to) = (&tops[number % 2], &tops[(number + 1) % 2]);
                from.rename_at("link2/file", to, "link2/file").unwrap();
            })
        },
    },
];

fn all(entries: usize) -> usize {
    entries
}

fn some(entries: usize) -> usize {
    entries.min(10_000)
}

fn few(_entries: usize) -> usize {
    FEW
}

fn once(_entries: usize) -> usize {
    1
}

fn name(number: usize) -> String {
    format!("file-{number:011}")
}

fn root(space: &Space) -> Descriptor {
    space.root().unwrap()
}

fn create(directory: &Descriptor, name: &str, tag: Option<Tag>) {
    directory
        .open_at(name, &OpenOptions::new().create(true).tag(tag))
        .unwrap();
}

fn make_directory(directory: &Descriptor, name: &str) -> Descriptor {
    directory.create_directory_at(name, None).unwrap();
    directory.open_at(name, &OpenOptions::new()).unwrap()
}

/// Creates so many files in a directory.
fn fill(directory: &Descriptor, files: usize, tag: Option<Tag>) {
    (0..files).for_each(|number| create(directory, &name(number), tag));
}

/// Creates so many files in the root.
fn filled(space: &Space, files: usize, tag: Option<Tag>) -> Descriptor {
    let root = root(space);
    fill(&root, files, tag);
    root
}

/// Creates directories with one file in each.
fn spread(directory: &Descriptor, entries: usize) {
    for number in 0..entries / 2 {
        create(&make_directory(directory, &name(number)), "file", None);
    }
}

/// Makes so many directories, each in the one before. Returns the last.
fn chain(directory: &Descriptor, directories: usize) -> Descriptor {
    (0..directories).fold(directory.try_clone().unwrap(), |above, _| make_directory(&above, "d"))
}

/// Makes a chain in each of some directories. So many files are created in between, so that no level is near the next one in memory. Returns
/// the last levels.
fn scattered_chains<const N: usize>(
    tops: [&Descriptor; N],
    levels: usize,
    others: &Descriptor,
    files: usize,
) -> [Descriptor; N] {
    let mut ends = tops.map(|top| top.try_clone().unwrap());
    for level in 0..levels {
        ends = ends.map(|end| make_directory(&end, "d"));
        (level * files / levels..(level + 1) * files / levels).for_each(|number| create(others, &name(number), None));
    }
    ends
}

/// Makes directories with 500 files each, which have a tag for each directory. The files are created in turn, so that those of a directory
/// are not near each other in memory.
fn fill_alternately(directory: &Descriptor, files: usize) {
    let directories: Vec<_> = (0..files / 500)
        .map(|number| make_directory(directory, &name(number)))
        .collect();
    for file in 0..500 {
        for (tag, directory) in (0..).map(Tag).zip(&directories) {
            create(directory, &name(file), Some(tag));
        }
    }
}

fn remove(root: Descriptor) -> Call {
    Box::new(move |_| {
        root.remove_all_at("all", Opened::Keep).unwrap();
    })
}

fn remove_tagged(space: &Arc<Space>) -> Call {
    let space = Arc::clone(space);
    Box::new(move |_| {
        space.remove_tagged(Tag(1), Opened::Keep).unwrap();
    })
}

fn walk(space: &Arc<Space>) -> Call {
    let space = Arc::clone(space);
    Box::new(move |_| {
        let mut walk = space.walk(&root(&space)).unwrap();
        while walk.next().unwrap().is_some() {}
    })
}
