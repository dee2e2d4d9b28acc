//! Spaces whose contents are in memory and on disk, and what they export to a directory that is in use.

use crate::*;
use scratch_vfs::{ExportLimits, Exported, Links, PersistTreeOptions, Reserve, SpillDirectory};

/// Where the content of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tier {
    Memory,
    Slots,
    Own,
}

/// What leaves a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A file, to a name that does not exist.
    File(Tier),
    /// A file, to the name of another one.
    Replacing(Tier),
    /// A file of its own on disk, which is copied because it has two names.
    Shared,
    /// A tree with files of each tier.
    Tree,
    /// A whole space with files of each tier.
    Space,
}

/// Everything that is exported by the tests of kills and power failures.
pub(crate) const ALL: [What; 9] = [
    What::File(Tier::Memory),
    What::File(Tier::Slots),
    What::File(Tier::Own),
    What::Replacing(Tier::Memory),
    What::Replacing(Tier::Slots),
    What::Replacing(Tier::Own),
    What::Shared,
    What::Tree,
    What::Space,
];

/// Bytes of each file, which is more than one slot or page.
const SIZE: usize = 150_000;

/// The name of what is exported.
pub(crate) const NAME: &str = "t";

/// The content of a file that the target replaces.
pub(crate) const OLD: &str = "old";

/// The part of a directory in which nameless files are made.
pub(crate) fn spill_of(place: &Path) -> PathBuf {
    place.join("spill")
}

/// The part of a directory to which is exported.
pub(crate) fn target_of(place: &Path) -> PathBuf {
    place.join("target")
}

/// Makes both parts of a directory, with files of somebody else where exports go.
pub(crate) fn prepare(place: &Path, what: What) {
    std::fs::create_dir(spill_of(place)).expect("a directory can be made");
    let there = target_of(place);
    std::fs::create_dir_all(there.join("beside")).expect("a directory can be made");
    std::fs::write(there.join("there"), "theirs").expect("there is room");
    std::fs::write(there.join("beside/file"), "theirs").expect("there is room");
    if matches!(what, What::Replacing(_)) {
        std::fs::write(there.join(NAME), OLD).expect("there is room");
    }
}

/// Returns bytes that are letters, and differ from one file to another.
fn data(tier: Tier) -> Vec<u8> {
    let first = match tier {
        Tier::Memory => b'a',
        Tier::Slots => b'b',
        Tier::Own => b'c',
    };
    (0_u8..23).cycle().take(SIZE).map(|letter| first + letter).collect()
}

/// A space that is ready to export something.
pub(crate) struct Ready {
    space: Space,
    root: Descriptor,
    what: What,
    target: Target,
}

impl Ready {
    pub(crate) fn new(place: &Path, what: What) -> Self {
        let spill = SpillDirectory::builder()
            .reserve(Reserve::Bytes(0))
            .descriptors(100)
            .open(spill_of(place))
            .expect("the directory can be used");
        let space = Space::builder(&Budget::with_spill(Limits::none(), spill))
            .limits(Limits::none())
            .build()
            .expect("there is memory for a space");
        let ready = Self {
            root: space.root().expect("the space has a root"),
            space,
            what,
            target: target(&target_of(place), NAME),
        };
        match what {
            What::File(tier) | What::Replacing(tier) => ready.make("f", tier),
            What::Shared => {
                ready.make("f", Tier::Own);
                ready.root.link_at("f", &ready.root, "g").expect("the link can be made");
            }
            What::Tree | What::Space => ready.make_tree(),
        }
        ready
    }

    /// Makes a file in a tier.
    fn make(&self, path: &str, tier: Tier) {
        let limits = Limits::none().to_builder();
        let limits = match tier {
            Tier::Memory => limits,
            Tier::Slots => limits.memory(0).file_memory(None),
            Tier::Own => limits.memory(0).file_memory(0),
        };
        self.space
            .set_limits(limits.build().expect("the limits do not contradict each other"));
        let before = self.space.usage();
        self.open(path, true).write_all(0, &data(tier)).expect("there is room");
        let usage = self.space.usage();
        let grown = (
            usage.slots.used > before.slots.used,
            usage.own_files.used > before.own_files.used,
        );
        assert_eq!(grown, (tier == Tier::Slots, tier == Tier::Own), "{path} in {tier:?}");
        self.space.set_limits(Limits::none());
    }

    fn make_tree(&self) {
        for directory in ["d", "d/e", "d/e/empty"] {
            self.root
                .create_directory_at(directory, None)
                .expect("the directory can be made");
        }
        self.make("d/memory", Tier::Memory);
        self.make("d/e/own", Tier::Own);
        self.make("d/e/slots", Tier::Slots);
        self.root
            .link_at("d/memory", &self.root, "d/e/twin")
            .expect("the link can be made");
        self.root
            .symlink_at("e/own", "d/link", None)
            .expect("the link can be made");
    }

    fn open(&self, path: &str, can_write: bool) -> Descriptor {
        let options = OpenOptions::new().create(can_write).read(true).write(can_write);
        self.root.open_at(path, &options).expect("it can be opened")
    }

    /// Begins the export.
    pub(crate) fn begin(&self) -> scratch_vfs::ExportJob {
        let Self { space, target, .. } = self;
        let begun = match self.what {
            What::File(_) | What::Shared => {
                space.begin_persist_file(&self.open("f", false), target, PersistOptions::new())
            }
            What::Replacing(_) => space.begin_persist_file(&self.open("f", false), target, REPLACE()),
            What::Tree => {
                let options = PersistTreeOptions::new().links(Links::KeepInside);
                space.begin_persist_tree(&self.open("d", false), target, options)
            }
            What::Space => space.begin_export(target, ExportLimits::new().links(Links::KeepInside)),
        };
        begun.expect("the export begins")
    }

    /// Exports it as a whole.
    pub(crate) fn run(&self) -> Exported {
        self.begin().run().expect("the export is complete")
    }
}

/// Lists what exports find in the directory, as [`listing`] does.
pub(crate) fn before(what: What) -> Vec<String> {
    let mut lines = vec!["beside/".to_owned(), "beside/file: theirs".to_owned()];
    if matches!(what, What::Replacing(_)) {
        lines.push(format!("{NAME}: {OLD}"));
    }
    lines.push("there: theirs".to_owned());
    lines
}

/// Lists what is exported, under a name.
pub(crate) fn whole(what: What, name: &str) -> Vec<String> {
    let text = |tier| String::from_utf8(data(tier)).expect("letters are text");
    let tree = |name: &str| {
        vec![
            format!("{name}/"),
            format!("{name}/e/"),
            format!("{name}/e/empty/"),
            format!("{name}/e/own: {}", text(Tier::Own)),
            format!("{name}/e/slots: {}", text(Tier::Slots)),
            format!("{name}/e/twin: {}", text(Tier::Memory)),
            format!("{name}/link -> e/own"),
            format!("{name}/memory: {}", text(Tier::Memory)),
        ]
    };
    match what {
        What::File(tier) | What::Replacing(tier) => vec![format!("{name}: {}", text(tier))],
        What::Shared => vec![format!("{name}: {}", text(Tier::Own))],
        What::Tree => tree(name),
        What::Space => [vec![format!("{name}/")], tree(&format!("{name}/d"))].concat(),
    }
}

/// Lists what is in the directory after the export.
pub(crate) fn after(what: What) -> Vec<String> {
    let old = format!("{NAME}: {OLD}");
    let mut lines = before(what);
    lines.retain(|line| *line != old);
    lines.extend(whole(what, NAME));
    lines.sort();
    lines
}
