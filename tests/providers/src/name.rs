//! New names, and entries under them.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::bindings::exports::scratch::tempfile::types::NamePattern;
use crate::bindings::wasi::filesystem::types::ErrorCode;
use crate::bindings::wasi::random::random::get_random_u64;
use crate::error::code;

/// How long a name may be, in bytes.
const MAX_NAME: usize = 255;
/// How many digits [`unique`] has.
const DIGITS: usize = 16;
/// How many names are drawn before all of them count as taken.
const TRIES: usize = 16;

/// What new names are made of. It was checked.
#[derive(Debug)]
pub(crate) struct Affixes {
    prefix: String,
    suffix: String,
}

impl Affixes {
    pub(crate) fn new(pattern: NamePattern) -> Result<Self, ErrorCode> {
        let prefix = pattern.prefix.unwrap_or_else(|| "tmp".to_owned());
        let suffix = pattern.suffix.unwrap_or_default();
        let bad = prefix.contains(is_bad)
            || suffix.contains(is_bad)
            || prefix.starts_with(['.', '-'])
            || suffix.ends_with(['.', ' '])
            || prefix.len() + DIGITS + suffix.len() > MAX_NAME;
        if bad {
            Err(ErrorCode::Invalid)
        } else {
            Ok(Self { prefix, suffix })
        }
    }

    /// Makes something in a directory under a new name, and answers with its path too. `make` fails where the name is taken.
    pub(crate) fn make_in<T>(
        &self,
        dir: &Path,
        make: impl Fn(&Path) -> io::Result<T>,
    ) -> Result<(PathBuf, T), ErrorCode> {
        for _ in 0..TRIES {
            let path = dir.join(format!("{}{}{}", self.prefix, unique(), self.suffix));
            match make(&path) {
                Ok(made) => return Ok((path, made)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(code(error)),
            }
        }
        Err(ErrorCode::Exist)
    }
}

/// Whether something can be persisted under that name, as far as the name goes.
pub(crate) fn check_name(name: &str) -> Result<(), ErrorCode> {
    if matches!(name, "" | "." | "..") || name.contains(is_bad) || name.len() > MAX_NAME {
        Err(ErrorCode::Invalid)
    } else {
        Ok(())
    }
}

fn is_bad(char: char) -> bool {
    matches!(char, '/' | '\\' | ':') || char.is_control()
}

/// 64 random bits in 16 digits.
pub fn unique() -> String {
    format!("{:0DIGITS$x}", get_random_u64())
}
