//! Paths, and the granted directory.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use crate::bindings::wasi::filesystem::preopens;
use crate::bindings::wasi::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorType, ErrorCode, OpenFlags, PathFlags,
};

/// The granted directory: the one that `TMPDIR` names, else `/tmp`.
pub(crate) fn granted() -> Option<(Descriptor, PathBuf)> {
    let wanted = env::var("TMPDIR").unwrap_or_else(|_| "/tmp".to_owned());
    let mut preopens = preopens::get_directories().into_iter();
    let (descriptor, path) = preopens.find(|(_, path)| *path == wanted)?;
    Some((descriptor, PathBuf::from(path)))
}

/// Opens what stands at a path in the granted directory.
pub(crate) fn open(path: &Path, flags: DescriptorFlags, how: OpenFlags) -> Result<Descriptor, ErrorCode> {
    let (root, place) = granted().ok_or(ErrorCode::Unsupported)?;
    root.open_at(PathFlags::empty(), &relative(path, &place)?, how, flags)
}

/// Whether a directory takes something under a name: whatever stands there is not replaced, but with `overwrite` what is no directory.
pub(crate) fn check_target(parent: &Descriptor, name: &str, overwrite: bool) -> Result<(), ErrorCode> {
    let found = parent.stat()?;
    if found.type_ != DescriptorType::Directory {
        return Err(ErrorCode::NotDirectory);
    }
    if found.link_count == 0 {
        // The directory was deleted, and only the descriptor is left.
        return Err(ErrorCode::NoEntry);
    }
    match parent.stat_at(PathFlags::empty(), name) {
        Err(ErrorCode::NoEntry) => Ok(()),
        Err(code) => Err(code),
        Ok(_) if !overwrite => Err(ErrorCode::Exist),
        Ok(found) if found.type_ == DescriptorType::Directory => Err(ErrorCode::IsDirectory),
        Ok(_) => Ok(()),
    }
}

/// What stands at a path in the granted directory.
pub(crate) fn type_of(path: &Path) -> Result<DescriptorType, ErrorCode> {
    let (root, place) = granted().ok_or(ErrorCode::Unsupported)?;
    Ok(root.stat_at(PathFlags::empty(), &relative(path, &place)?)?.type_)
}

/// Moves what stands at a path in the granted directory to another directory.
pub(crate) fn move_out(path: &Path, parent: &Descriptor, name: &str) -> Result<(), ErrorCode> {
    let (root, place) = granted().ok_or(ErrorCode::Unsupported)?;
    root.rename_at(&relative(path, &place)?, parent, name)
}

/// A path as text.
pub(crate) fn text(path: PathBuf) -> Result<String, ErrorCode> {
    let text = path.into_os_string().into_string();
    text.map_err(|_| ErrorCode::IllegalByteSequence)
}

fn relative(path: &Path, place: &Path) -> Result<String, ErrorCode> {
    let relative = path.strip_prefix(place).map_err(|_| ErrorCode::NoEntry)?;
    relative.to_str().map(str::to_owned).ok_or(ErrorCode::Invalid)
}

/// Deletes a file, or a directory with everything in it. It is fine if there is nothing.
///
/// # Errors
///
/// Those of `std::fs`.
pub fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    removed.or_else(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            Ok(())
        } else {
            Err(error)
        }
    })
}
