//! The operations whose holds are measured.

use scratch_vfs::{Descriptor, Limits, OpenOptions, Opened, Space, Tag};
use std::sync::Arc;

/// An operation: what it needs, and how often it is called.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    /// How many calls there are with so many entries.
    pub(crate) calls: fn(usize) -> usize,
    /// Prepares a space with so many entries. Returns what makes the call with a number.
    pub(crate) prepare: fn(&Arc<Space>, usize) -> Box<dyn FnMut(usize)>,
}

pub(crate) const OPERATIONS: [Operation; 26] = [
    Operation {
        name: "make directories, from none to all",
        calls: all,
        prepare: |space, _| {
            let root = root(space);
            Box::new(move |number| root.create_directory_at(name(number), None).unwrap())
        },
    },
    Operation {
        name: "the same, each with a tag of its own",
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
        calls: all,
        prepare: |space, _| {
            let root = root(space);
            Box::new(move |number| create(&root, &name(number), None))
        },
    },
    Operation {
        name: "open and stat a file",
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
        calls: all,
        prepare: |space, entries| {
            let root = filled(space, entries, None);
            Box::new(move |number| root.rename_at(name(number), &root, format!("r{number}")).unwrap())
        },
    },
    Operation {
        name: "move a file to another directory",
        calls: all,
        prepare: |space, entries| {
            let root = filled(space, entries, None);
            let to = make_directory(&root, "to");
            Box::new(move |number| root.rename_at(name(number), &to, name(number)).unwrap())
        },
    },
    Operation {
        name: "move a directory that has everything",
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
        calls: all,
        prepare: |space, entries| {
            let root = filled(space, entries, None);
            Box::new(move |number| root.unlink_file_at(name(number)).unwrap())
        },
    },
    Operation {
        name: "unlink a file, in no order",
        calls: all,
        prepare: |space, entries| {
            let root = filled(space, entries, None);
            // A prime number that does not divide the number of entries reaches all of them.
            Box::new(move |number| root.unlink_file_at(name(number * 7_919 % entries)).unwrap())
        },
    },
    Operation {
        name: "list all",
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
        calls: once,
        prepare: |space, entries| {
            let root = root(space);
            spread(&root, entries);
            walk(space)
        },
    },
    Operation {
        name: "walk through a chain of directories",
        calls: once,
        prepare: |space, entries| {
            drop(chain(&root(space), entries));
            walk(space)
        },
    },
    Operation {
        name: "remove all, from one directory",
        calls: once,
        prepare: |space, entries| {
            let root = root(space);
            fill(&make_directory(&root, "all"), entries, None);
            remove(root)
        },
    },
    Operation {
        name: "remove all, each in a directory of its own",
        calls: once,
        prepare: |space, entries| {
            let root = root(space);
            spread(&make_directory(&root, "all"), entries);
            remove(root)
        },
    },
    Operation {
        name: "remove a chain of directories",
        calls: once,
        prepare: |space, entries| {
            let root = root(space);
            drop(chain(&make_directory(&root, "all"), entries));
            remove(root)
        },
    },
    Operation {
        name: "remove a file that has all names",
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
        calls: once,
        prepare: |space, entries| {
            filled(space, entries, Some(Tag(1)));
            remove_tagged(space)
        },
    },
    Operation {
        name: "the same, each in a directory that has the tag",
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
        name: "change the limits",
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
        calls: |_| 10,
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
        calls: |_| 100,
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
        calls: |_| 100,
        prepare: |space, entries| {
            let root = root(space);
            let others = make_directory(&root, "others");
            let mut ends = ["a", "b"].map(|top| make_directory(&root, top));
            let tops = ["a", "b"].map(|top| root.open_at(top, &OpenOptions::new()).unwrap());
            for number in 0..entries {
                create(&others, &name(number), None);
                if number % (entries / 2_000).max(1) == 0 {
                    ends = ends.map(|end| make_directory(&end, "d"));
                }
            }
            let depth = entries.min(2_000);
            create(&ends[0], "file", None);
            let path = format!("{}file", "d/".repeat(depth));
            Box::new(move |number| {
                // Takes the tree out of the caches.
                others.list().unwrap().collect().unwrap();
                let (from, to) = (&tops[number % 2], &tops[(number + 1) % 2]);
                from.rename_at(&path, to, &path).unwrap();
            })
        },
    },
    Operation {
        name: "rename by two paths of 8,000 directories, through links",
        calls: some,
        prepare: |space, _| {
            let root = root(space);
            let tops = ["a", "b"].map(|top| make_directory(&root, top));
            create(&chain(&tops[0], 8_000), "file", None);
            drop(chain(&tops[1], 8_000));
            for top in &tops {
                let further = vec!["d"; 2_000].join("/");
                top.symlink_at(&further, "link1", None).unwrap();
                for link in 2..=4 {
                    let target = format!("link{}/{further}", link - 1);
                    top.symlink_at(target, format!("link{link}"), None).unwrap();
                }
            }
            Box::new(move |number| {
                let (from, to) = (&tops[number % 2], &tops[(number + 1) % 2]);
                from.rename_at("link4/file", to, "link4/file").unwrap();
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

fn remove(root: Descriptor) -> Box<dyn FnMut(usize)> {
    Box::new(move |_| {
        root.remove_all_at("all", Opened::Keep).unwrap();
    })
}

fn remove_tagged(space: &Arc<Space>) -> Box<dyn FnMut(usize)> {
    let space = Arc::clone(space);
    Box::new(move |_| {
        space.remove_tagged(Tag(1), Opened::Keep).unwrap();
    })
}

fn walk(space: &Arc<Space>) -> Box<dyn FnMut(usize)> {
    let space = Arc::clone(space);
    Box::new(move |_| {
        let mut walk = space.walk(&root(&space)).unwrap();
        while walk.next().unwrap().is_some() {}
    })
}
