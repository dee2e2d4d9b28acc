//! Paths, names, and the granted directory.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use crate::bindings::exports::scratch::tempfile::types::NamePattern;
use crate::bindings::wasi::filesystem::preopens;
use crate::bindings::wasi::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};
use crate::bindings::wasi::random::random::get_random_u64;

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

/// Moves what stands at a path in the granted directory to another directory.
pub(crate) fn move_out(path: &Path, parent: &Descriptor, name: &str, overwrite: bool) -> Result<(), ErrorCode> {
    if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\0']) {
        return Err(ErrorCode::Invalid);
    }
    if !overwrite && parent.stat_at(PathFlags::empty(), name).is_ok() {
        return Err(ErrorCode::Exist);
    }
    let (root, place) = granted().ok_or(ErrorCode::Unsupported)?;
    root.rename_at(&relative(path, &place)?, parent, name)
}

fn relative(path: &Path, place: &Path) -> Result<String, ErrorCode> {
    let relative = path.strip_prefix(place).map_err(|_| ErrorCode::NoEntry)?;
    relative.to_str().map(str::to_owned).ok_or(ErrorCode::Invalid)
}

/// A new name for a pattern, checked as the contract says.
pub(crate) fn new_name(pattern: &NamePattern) -> Result<String, ErrorCode> {
    let prefix = pattern.prefix.as_deref().unwrap_or("tmp");
    let suffix = pattern.suffix.as_deref().unwrap_or("");
    let bad = |char: char| matches!(char, '/' | '\\' | ':') || char.is_control();
    if prefix.contains(bad) || suffix.contains(bad) {
        return Err(ErrorCode::Invalid);
    }
    let name = format!("{prefix}{}{suffix}", unique());
    if name.starts_with(['.', '-']) || name.ends_with(['.', ' ']) || name.len() > 255 {
        return Err(ErrorCode::Invalid);
    }
    Ok(name)
}

/// 64 random bits in 16 digits.
pub fn unique() -> String {
    format!("{:016x}", get_random_u64())
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
