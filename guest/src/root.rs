//! The one directory that the provider works in: found, opened, and used by path.
//!
//! Paths here are relative to it, are made of the provider's own names, and never contain `..`.
//!
//! It is held twice, because of a limit: what cap-std opens lives in the table of the WASI 0.1 adapter, which has room for
//! about 125 descriptors, so between two calls only this directory is in there. Open files are descriptors of WASI 0.2,
//! imported directly, of which a program may have as many as its host allows. Creating, opening and unlinking a file
//! go through the latter too: each is a single call to the host there, and the file comes back as the descriptor that
//! is kept. All else in the name space is cap-std's.

use crate::bindings::{Descriptor, DescriptorFlags, DescriptorType, ErrorCode, OpenFlags, PathFlags, get_directories};
use crate::names::{ATTEMPTS, Pattern};
use crate::{error, remove};
use cap_std::fs::Dir;
use cap_std::io_lifetimes::AsFilelike;
use std::cell::{Cell, OnceCell};
use std::io;
use std::path::Path;

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
        // The last of several with one name, as libc does.
        preopens
            .iter()
            .rposition(|(_, shown)| without_slash(shown) == without_slash(name))
    };
    let index = wanted
        .filter(|name| !name.is_empty())
        .and_then(|name| position(&name))
        .or_else(|| position(DEFAULT))?;
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

    /// The descriptor, for what moves an entry from here to elsewhere.
    pub(crate) fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// Makes a new empty file in `home`: one call to the host, which opens it too.
    ///
    /// # Errors
    ///
    /// `exist` when every name drawn was taken, `name-too-long`, and whatever the host answers.
    pub(crate) fn create_file(&self, home: &str, pattern: &Pattern) -> Result<(Descriptor, String), ErrorCode> {
        create(home, pattern, |path| {
            // `exclusive` does not follow a link under the last name; no path flag says the same of opening.
            self.descriptor.open_at(
                PathFlags::empty(),
                path,
                OpenFlags::CREATE | OpenFlags::EXCLUSIVE,
                DescriptorFlags::READ | DescriptorFlags::WRITE,
            )
        })
    }

    /// Makes a new empty directory in `home`. The errors are those of [`Self::create_file`].
    pub(crate) fn create_directory(&self, home: &str, pattern: &Pattern) -> Result<String, ErrorCode> {
        let parent = self.directory(home).map_err(|error| error::code(&error))?;
        let ((), path) = create(home, pattern, |path| {
            parent
                .get()
                .create_dir(split(path).1)
                .map_err(|error| error::code(&error))
        })?;
        Ok(path)
    }

    /// Opens an entry that is there, without following a link under the last name.
    pub(crate) fn open(
        &self,
        path: &str,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> Result<Descriptor, ErrorCode> {
        self.descriptor.open_at(PathFlags::empty(), path, open_flags, flags)
    }

    /// The names in a directory, and whether each is a directory's; what the host cannot name is left out. cap-std's listing
    /// ends at the first such name, because the WASI 0.1 adapter cannot go past an error; this one is for that case.
    pub(crate) fn names(&self, path: &str) -> Vec<(String, bool)> {
        let mut names = Vec::new();
        let listed = self
            .open(path, OpenFlags::DIRECTORY, DescriptorFlags::READ)
            .and_then(|directory| directory.read_directory());
        if let Ok(entries) = listed {
            loop {
                match entries.read_directory_entry() {
                    Ok(Some(entry)) => {
                        let is_directory = matches!(entry.type_, DescriptorType::Directory);
                        names.push((entry.name, is_directory));
                    }
                    Err(ErrorCode::IllegalByteSequence) => {}
                    Ok(None) | Err(_) => break,
                }
            }
        }
        names
    }

    /// Deletes what stands under a file's name: one call to the host, unless the program put a directory there.
    pub(crate) fn remove_file(&self, path: &str) -> Result<(), ErrorCode> {
        match self.descriptor.unlink_file_at(path) {
            // `not-directory`: the program put a file where the file's directory was, so the file has gone with that.
            Ok(()) | Err(ErrorCode::NoEntry | ErrorCode::NotDirectory) => Ok(()),
            // Some systems say one of the latter two of a directory.
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
pub(crate) enum Opened<'root> {
    Root(&'root Dir),
    Below(Dir),
}

impl Opened<'_> {
    pub(crate) fn get(&self) -> &Dir {
        match self {
            Self::Root(dir) => dir,
            Self::Below(dir) => dir,
        }
    }
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
        let path = join(home, &pattern.draw());
        if path.len() > LONGEST_PATH {
            return Err(ErrorCode::NameTooLong);
        }
        match make(&path) {
            Ok(made) => return Ok((made, path)),
            Err(ErrorCode::Exist) => {}
            Err(code) => return Err(code),
        }
    }
    Err(ErrorCode::Exist)
}
