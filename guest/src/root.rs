//! The one directory that the provider works in: found, opened, and used by path.
//!
//! Paths here are relative to it, are made of the provider's own names, and never contain `..`.
//!
//! It is held twice, because of a limit: what cap-std opens lives in the table of the WASI 0.1 adapter, which has room for
//! about 125 descriptors, so between two calls only this directory is in there. Open files are descriptors of WASI 0.2,
//! imported directly, of which a program may have as many as its host allows. Creating, opening, moving and unlinking go
//! through the latter too: each is a single call to the host there, and a file comes back as the descriptor that is kept.
//! Deleting trees is cap-std's.
//!
//! No path flag keeps a host from following a link in the middle of a path, so a path never has a middle: the directory is
//! opened first, name by name and never through a link, and what is in it is named by a single name. What is directly in the
//! root pays nothing for it.

use crate::bindings::{
    Descriptor, DescriptorFlags, DescriptorType, DirectoryEntry, ErrorCode, OpenFlags, PathFlags, get_directories,
};
use crate::names::{ATTEMPTS, Pattern};
use crate::remove;
use cap_std::fs::Dir;
use cap_std::io_lifetimes::AsFilelike;
use std::cell::{Cell, OnceCell};
use std::path::Path;
use std::{io, iter};

/// The variable that names the preopen to use.
const VARIABLE: &str = "TMPDIR";

/// The preopen that is used where the variable names none.
const DEFAULT: &str = "/tmp";

/// The longest path of an entry below the root, in bytes: `PATH_MAX` without the final NUL. It also bounds how deep handles nest.
const LONGEST_PATH: usize = 4095;

thread_local! {
    /// Filled when a file first needs the disk; preopens do not change while an instance lives.
    static ROOT: Cell<Option<Result<&'static Root, ErrorCode>>> = const { Cell::new(None) };
}

/// The directory, as the host showed it.
pub(crate) struct Root {
    name: String,
    descriptor: Descriptor,
    dir: OnceCell<Dir>,
}

/// The root.
///
/// # Errors
///
/// `unsupported`: the program was granted no directory for temporary files.
pub(crate) fn root() -> Result<&'static Root, ErrorCode> {
    ROOT.get().unwrap_or_else(|| {
        let found = find().map_or(Err(ErrorCode::Unsupported), |root| Ok(&*Box::leak(Box::new(root))));
        ROOT.set(Some(found));
        found
    })
}

/// Asks for the preopens and lets go of all but one: no call to the file system.
fn find() -> Option<Root> {
    let wanted = std::env::var(VARIABLE).ok();
    let mut preopens = get_directories();
    let position = |name: &str| {
        preopens
            .iter()
            .position(|(_, shown)| without_slash(shown) == without_slash(name))
    };
    let index = wanted
        .filter(|name| !name.is_empty())
        .and_then(|name| position(&name))
        .or_else(|| position(DEFAULT))?;
    // Beneath cap-std, libc looks for the name too, and might find the other one.
    let name = libc_name(&preopens[index].1);
    if preopens.iter().filter(|(_, shown)| libc_name(shown) == name).count() > 1 {
        return None;
    }
    let (descriptor, name) = preopens.swap_remove(index);
    Some(Root {
        name,
        descriptor,
        dir: OnceCell::new(),
    })
}

fn without_slash(path: &str) -> &str {
    path.trim_end_matches('/')
}

/// What wasi-libc compares of a preopen's name: to it `/tmp`, `tmp` and `./tmp` are the same (`preopens.c`).
fn libc_name(path: &str) -> &str {
    let mut name = without_slash(path);
    while let Some(rest) = name.strip_prefix('/').or_else(|| name.strip_prefix("./")) {
        name = rest;
    }
    if name == "." { "" } else { name }
}

impl Root {
    /// What the host calls it: an absolute path, as a rule.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Where the program finds an entry.
    pub(crate) fn shown(&self, path: &str) -> String {
        let name = without_slash(&self.name);
        let mut shown = String::with_capacity(name.len() + 1 + path.len());
        shown.push_str(name);
        shown.push('/');
        shown.push_str(path);
        shown
    }

    /// The directory at `path`, opened name by name and never through a link: the root itself costs nothing.
    ///
    /// # Errors
    ///
    /// `no-entry`, `not-directory` or `loop` where something else stands in its place, and whatever the host answers.
    pub(crate) fn descriptor(&self, path: &str) -> Result<Opened<'_, Descriptor>, ErrorCode> {
        let mut opened = Opened::Root(&self.descriptor);
        for name in path.split('/').filter(|name| !name.is_empty()) {
            opened = Opened::Below(open_directory(opened.get(), name, TO_CHANGE)?);
        }
        Ok(opened)
    }

    /// Makes a new empty file in `home`: one call to the host, which opens it too.
    ///
    /// # Errors
    ///
    /// `exist` when every name drawn was taken, `name-too-long`, and whatever the host answers.
    pub(crate) fn create_file(&self, home: &str, pattern: &Pattern) -> Result<(Descriptor, String), ErrorCode> {
        let parent = self.descriptor(home)?;
        create(home, pattern, |name| open_new(parent.get(), name))
    }

    /// Makes a new empty directory in `home`. The errors are those of [`Self::create_file`].
    pub(crate) fn create_directory(&self, home: &str, pattern: &Pattern) -> Result<String, ErrorCode> {
        let parent = self.descriptor(home)?;
        let ((), path) = create(home, pattern, |name| parent.get().create_directory_at(name))?;
        Ok(path)
    }

    /// Opens a file that is there, without following a link.
    pub(crate) fn open_file(&self, path: &str, flags: DescriptorFlags) -> Result<Descriptor, ErrorCode> {
        let (home, name) = split(path);
        self.descriptor(home)?
            .get()
            .open_at(PathFlags::empty(), name, OpenFlags::empty(), flags)
    }

    /// Opens a directory that is there, without following a link.
    pub(crate) fn open_directory(&self, path: &str, flags: DescriptorFlags) -> Result<Descriptor, ErrorCode> {
        let (home, name) = split(path);
        open_directory(self.descriptor(home)?.get(), name, flags)
    }

    /// The names in a directory, and whether each is a directory's; what the host cannot name is left out. cap-std's listing
    /// ends at the first such name, because the WASI 0.1 adapter cannot go past an error; this one is for that case.
    pub(crate) fn names(&self, path: &str) -> Vec<(String, bool)> {
        let Ok(directory) = self.descriptor(path) else {
            return Vec::new();
        };
        entries(directory.get())
            .flatten()
            .map(|entry| (entry.name, matches!(entry.type_, DescriptorType::Directory)))
            .collect()
    }

    /// Deletes what stands under a file's name: one call to the host, unless the program put a directory there.
    pub(crate) fn remove_file(&self, path: &str) -> Result<(), ErrorCode> {
        let (home, name) = split(path);
        match self
            .descriptor(home)
            .and_then(|parent| parent.get().unlink_file_at(name))
        {
            // `not-directory`, `loop`: the program put a file or a link where the file's directory was, and it has gone with that.
            Ok(()) | Err(ErrorCode::NoEntry | ErrorCode::NotDirectory | ErrorCode::Loop) => Ok(()),
            // Some systems say `not-permitted` or `access` of a directory.
            Err(ErrorCode::IsDirectory | ErrorCode::NotPermitted | ErrorCode::Access) => remove::tree(self, path),
            Err(code) => Err(code),
        }
    }

    /// A directory below the root, opened name by name and never through a link, so that two descriptors of the adapter do
    /// for any depth.
    pub(crate) fn directory(&self, path: &str) -> io::Result<Opened<'_>> {
        let mut opened = Opened::Root(self.dir()?);
        for name in path.split('/').filter(|name| !name.is_empty()) {
            opened = Opened::Below(open_below(opened.get(), name)?);
        }
        Ok(opened)
    }

    /// The root for cap-std: the provider's only ambient open, of the very directory that the host granted under this name,
    /// and only when directories are worked with.
    fn dir(&self) -> io::Result<&Dir> {
        if let Some(dir) = self.dir.get() {
            return Ok(dir);
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "the one entry: cap-std cannot adopt a WASI 0.2 descriptor, so it opens the preopen by its name"
        )]
        let dir = Dir::open_ambient_dir(&self.name, cap_std::ambient_authority())?;
        Ok(self.dir.get_or_init(|| dir))
    }
}

/// The root itself, or a directory below it that is closed again soon.
pub(crate) enum Opened<'root, D = Dir> {
    Root(&'root D),
    Below(D),
}

impl<D> Opened<'_, D> {
    pub(crate) fn get(&self) -> &D {
        match self {
            Self::Root(dir) => dir,
            Self::Below(dir) => dir,
        }
    }
}

/// The flags of a directory in which something is to be made or deleted.
pub(crate) const TO_CHANGE: DescriptorFlags = DescriptorFlags::READ.union(DescriptorFlags::MUTATE_DIRECTORY);

/// Opens a directory, without following a link.
///
/// # Errors
///
/// `not-directory`, `loop`, and whatever the host answers.
pub(crate) fn open_directory(parent: &Descriptor, name: &str, flags: DescriptorFlags) -> Result<Descriptor, ErrorCode> {
    let open = |flags| parent.open_at(PathFlags::empty(), name, OpenFlags::DIRECTORY, flags);
    let mut opened = open(flags);
    // jco's preview2-shim lets all directories be changed, and refuses the flag that asks for it.
    if flags.contains(DescriptorFlags::MUTATE_DIRECTORY) && matches!(opened, Err(ErrorCode::Unsupported)) {
        opened = open(flags.difference(DescriptorFlags::MUTATE_DIRECTORY) | DescriptorFlags::READ);
    }
    // Linux says so of a link, too, and some hosts hand that on.
    if matches!(opened, Err(ErrorCode::NotDirectory))
        && let Ok(there) = parent.stat_at(PathFlags::empty(), name)
        && matches!(there.type_, DescriptorType::SymbolicLink)
    {
        return Err(ErrorCode::Loop);
    }
    opened
}

/// Opens a directory in another one, and never what a link points to.
pub(crate) fn open_below(dir: &Dir, name: impl AsRef<Path>) -> io::Result<Dir> {
    let opened = cap_primitives::fs::open_dir_nofollow(&dir.as_filelike_view(), name.as_ref())?;
    #[expect(
        clippy::disallowed_methods,
        reason = "what cap-primitives opened below a `Dir` is a `Dir`"
    )]
    Ok(Dir::from_std_file(opened))
}

/// Creates a file for reading and writing under a name that must not be taken, by a link neither.
pub(crate) fn open_new(parent: &Descriptor, name: &str) -> Result<Descriptor, ErrorCode> {
    parent.open_at(
        PathFlags::empty(),
        name,
        OpenFlags::CREATE | OpenFlags::EXCLUSIVE,
        DescriptorFlags::READ | DescriptorFlags::WRITE,
    )
}

/// What is in a directory, as far as the host lists it; `None` for an entry that it cannot name.
pub(crate) fn entries(directory: &Descriptor) -> impl Iterator<Item = Option<DirectoryEntry>> {
    let listing = directory.read_directory().ok();
    iter::from_fn(move || match listing.as_ref()?.read_directory_entry() {
        Ok(entry) => entry.map(Some),
        Err(ErrorCode::IllegalByteSequence) => Some(None),
        Err(_) => None,
    })
}

/// Whether it is this very file that stands under a name.
///
/// By the hash of their metadata, which needs no descriptor of what stands there, and which hosts have that cannot tell
/// whether two descriptors are of one object.
///
/// # Errors
///
/// `no-entry`, and whatever the host answers.
pub(crate) fn stands_at(parent: &Descriptor, name: &str, file: &Descriptor) -> Result<bool, ErrorCode> {
    let there = parent.metadata_hash_at(PathFlags::empty(), name)?;
    let ours = file.metadata_hash()?;
    Ok((there.lower, there.upper) == (ours.lower, ours.upper))
}

/// An entry's directory and its name.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The path of `name` in `home`; the root is the empty path.
pub(crate) fn join(home: &str, name: &str) -> String {
    let mut path = String::with_capacity(home.len() + 1 + name.len());
    path.push_str(home);
    if !home.is_empty() {
        path.push('/');
    }
    path.push_str(name);
    path
}

/// Draws names until `make` does not answer `exist`.
fn create<T>(
    home: &str,
    pattern: &Pattern,
    make: impl Fn(&str) -> Result<T, ErrorCode>,
) -> Result<(T, String), ErrorCode> {
    for _ in 0..ATTEMPTS {
        let name = pattern.draw();
        let path = join(home, &name);
        if path.len() > LONGEST_PATH {
            return Err(ErrorCode::NameTooLong);
        }
        match make(&name) {
            Ok(made) => return Ok((made, path)),
            Err(ErrorCode::Exist) => {}
            Err(code) => return Err(code),
        }
    }
    Err(ErrorCode::Exist)
}
