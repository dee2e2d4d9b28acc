//! Opening a base: what it has to be, and what is said of one that is not.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::error::BaseError;
use crate::names;

/// What the layout file says.
const LAYOUT: &str = "scratch base, layout 1\n";

/// The name of the layout file.
const LAYOUT_NAME: &str = "layout";

/// A layout file longer than this is not one of ours.
const LAYOUT_MAX_BYTES: u64 = 128;

/// Without a slash at the end, behind which the system would follow a link.
pub(super) fn plain(path: &Path) -> PathBuf {
    path.components().collect()
}

/// Makes the base if nothing is there.
pub(super) fn make(path: &Path) -> Result<(), BaseError> {
    use std::os::unix::fs::DirBuilderExt as _;
    if path.symlink_metadata().is_ok() {
        return Ok(());
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| BaseError::Create {
            path: path.to_owned(),
            source,
        })
}

/// Opens what has to be a directory of ours, closed to others.
pub(super) fn open_verified(path: &Path) -> Result<OwnedFd, BaseError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let io_error = |error: Errno| BaseError::Io {
        action: "open the directory",
        path: path.to_owned(),
        source: error.into(),
    };
    let dir = rustix::fs::open(path, flags, Mode::empty()).map_err(|error| match error {
        // Linux says NOTDIR for a link as well when a directory is asked for.
        Errno::LOOP | Errno::NOTDIR if path.is_symlink() => BaseError::SymbolicLink { path: path.to_owned() },
        Errno::NOTDIR => BaseError::NotADirectory { path: path.to_owned() },
        error => io_error(error),
    })?;
    let stat = rustix::fs::fstat(&dir).map_err(io_error)?;
    let user = rustix::process::geteuid().as_raw();
    if stat.st_uid != user {
        return Err(BaseError::NotOurs {
            path: path.to_owned(),
            owner: stat.st_uid,
            user,
        });
    }
    let mode = Mode::from_raw_mode(stat.st_mode);
    if mode.intersects(Mode::RWXG | Mode::RWXO) {
        return Err(BaseError::OpenToOthers {
            path: path.to_owned(),
            mode: mode.as_raw_mode(),
        });
    }
    Ok(dir)
}

/// Reads the layout file, or writes it where the directory is empty.
pub(super) fn verify_layout(dir: &OwnedFd, path: &Path) -> Result<(), BaseError> {
    let read = || read_layout(dir).map_err(failed("read the layout file", path));
    if read()?.is_none() {
        match foreign_entry(dir).map_err(failed("list the directory", path))? {
            None => write_layout(dir).map_err(failed("write the layout file", path))?,
            // With a layout by now, it is the lease of a host that made a base of the directory since we looked.
            Some(entry) if read()?.is_none() => {
                return Err(BaseError::Foreign {
                    path: path.to_owned(),
                    entry,
                });
            }
            Some(_) => {}
        }
    }
    has_layout(dir, path)
}

/// Reads the layout file, which has to be there unless the directory is empty.
pub(super) fn has_layout(dir: &OwnedFd, path: &Path) -> Result<(), BaseError> {
    let found = read_layout(dir).map_err(failed("read the layout file", path))?;
    let entry = match &found {
        None => foreign_entry(dir).map_err(failed("list the directory", path))?,
        Some(_) => None,
    };
    match (found, entry) {
        (None, None) => Ok(()),
        (None, Some(entry)) => Err(BaseError::Foreign {
            path: path.to_owned(),
            entry,
        }),
        (Some(found), _) if found == LAYOUT => Ok(()),
        (Some(found), _) => Err(BaseError::UnknownLayout {
            path: path.to_owned(),
            found,
            known: LAYOUT,
        }),
    }
}

fn failed(action: &'static str, path: &Path) -> impl Fn(io::Error) -> BaseError {
    let path = path.to_owned();
    move |source| BaseError::Io {
        action,
        path: path.clone(),
        source,
    }
}

fn read_layout(dir: &OwnedFd) -> io::Result<Option<String>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match rustix::fs::openat(dir, LAYOUT_NAME, flags, Mode::empty()) {
        Ok(file) => {
            let mut bytes = Vec::new();
            File::from(file).take(LAYOUT_MAX_BYTES).read_to_end(&mut bytes)?;
            Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
        }
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn foreign_entry(dir: &OwnedFd) -> io::Result<Option<String>> {
    for entry in rustix::fs::Dir::read_from(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let ours = name == "." || name == ".." || is_unfinished_layout(&name);
        if !ours || entry.file_type() == FileType::Directory && !name.starts_with('.') {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Whether `name` is the layout file, or one that is being written.
pub(super) fn is_layout(name: &str) -> bool {
    name == LAYOUT_NAME || is_unfinished_layout(name)
}

/// What a host that was killed in [`write_layout`] left.
pub(super) fn is_unfinished_layout(name: &str) -> bool {
    let random = name.strip_prefix(LAYOUT_NAME).and_then(|rest| rest.strip_prefix('.'));
    random.is_some_and(names::is_random)
}

/// Writes the layout file beside its place and links it in: nobody reads half of it, and of two hosts one writes it.
fn write_layout(dir: &OwnedFd) -> io::Result<()> {
    let beside = format!("{LAYOUT_NAME}.{}", names::random());
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(dir, &beside, flags, Mode::from_raw_mode(0o600))?;
    let written = File::from(file).write_all(LAYOUT.as_bytes());
    let linked = written.and_then(
        |()| match rustix::fs::linkat(dir, &beside, dir, LAYOUT_NAME, AtFlags::empty()) {
            // Gone: another host was quicker, and has tidied up.
            Ok(()) | Err(Errno::EXIST | Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        },
    );
    match rustix::fs::unlinkat(dir, &beside, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => linked,
        Err(error) => Err(error.into()),
    }
}
