//! Which prefixes, suffixes and names are valid, and new names.

use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

use crate::bindings::exports::scratch::tempfile::types::NamePattern;
use crate::names;

/// What a name begins with where the program does not say: as in Python's `tempfile`.
const DEFAULT_PREFIX: &str = "tmp";

/// How often a name is drawn before the answer is `exist`. One collision of 64 random bits is already no accident: the bound
/// only keeps a broken source of random numbers from hanging the program.
pub(super) const ATTEMPTS: u32 = 16;

/// A prefix and a suffix that have been found valid.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    prefix: Option<String>,
    suffix: Option<String>,
}

impl Pattern {
    /// Checks what a program asked for.
    ///
    /// # Errors
    ///
    /// `invalid`, as `name-pattern` says.
    pub(super) fn new(pattern: NamePattern) -> Result<Pattern, ErrorCode> {
        let NamePattern { prefix, suffix } = pattern;
        let pattern = Pattern { prefix, suffix };
        let (prefix, suffix) = (pattern.prefix(), pattern.suffix());
        let is_valid = prefix.len().saturating_add(suffix.len()) <= names::LONGEST - names::LENGTH
            && !prefix.starts_with(['.', '-'])
            && !suffix.ends_with(['.', ' '])
            && !prefix.contains(is_forbidden)
            && !suffix.contains(is_forbidden);
        match is_valid {
            true => Ok(pattern),
            false => Err(ErrorCode::Invalid),
        }
    }

    /// Draws names until `make` makes something that was not there.
    ///
    /// # Errors
    ///
    /// `exist` when every name drawn was taken, and those of `make`.
    pub(super) fn draw<R>(&self, make: impl FnMut(&str) -> rustix::io::Result<R>) -> rustix::io::Result<(R, String)> {
        draw(
            || format!("{}{}{}", self.prefix(), names::random(), self.suffix()),
            make,
        )
    }

    fn prefix(&self) -> &str {
        self.prefix.as_deref().unwrap_or(DEFAULT_PREFIX)
    }

    fn suffix(&self) -> &str {
        self.suffix.as_deref().unwrap_or_default()
    }
}

/// Draws names [beside](names::beside) `name` until `make` makes something that was not there. The errors are those of
/// [`Pattern::draw`].
pub(super) fn draw_beside<R>(
    name: &str,
    make: impl FnMut(&str) -> rustix::io::Result<R>,
) -> rustix::io::Result<(R, String)> {
    draw(|| names::beside(name), make)
}

fn draw<R>(
    name: impl Fn() -> String,
    mut make: impl FnMut(&str) -> rustix::io::Result<R>,
) -> rustix::io::Result<(R, String)> {
    for _ in 0..ATTEMPTS {
        let name = name();
        match make(&name) {
            Err(rustix::io::Errno::EXIST) => {}
            made => return Ok((made?, name)),
        }
    }
    Err(rustix::io::Errno::EXIST)
}

/// Checks the name that an entry is to have after `persist`.
///
/// # Errors
///
/// `invalid`: not one component of a path, or one that not every system can hold.
pub(super) fn check_component(name: &str) -> Result<(), ErrorCode> {
    let is_valid = !matches!(name, "" | "." | "..") && name.len() <= names::LONGEST && !name.contains(is_forbidden);
    match is_valid {
        true => Ok(()),
        false => Err(ErrorCode::Invalid),
    }
}

/// Separators anywhere, a Windows stream or drive, and what could rewrite a terminal.
fn is_forbidden(character: char) -> bool {
    matches!(character, '/' | '\\' | ':') || character.is_control()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use rustix::io::Errno;

    use super::*;

    fn pattern(prefix: &str, suffix: &str) -> Result<Pattern, ErrorCode> {
        Pattern::new(NamePattern {
            prefix: Some(prefix.to_owned()),
            suffix: Some(suffix.to_owned()),
        })
    }

    /// With the same random numbers again and again it would never end.
    #[test]
    fn names_that_are_all_taken_are_an_error_after_so_many() {
        let drawn = Cell::new(0);
        let taken = |_: &str| -> rustix::io::Result<()> {
            drawn.set(drawn.get() + 1);
            Err(Errno::EXIST)
        };
        let pattern = pattern("a", "b").expect("it is valid");
        assert_eq!(pattern.draw(taken).err(), Some(Errno::EXIST));
        assert_eq!(drawn.get(), ATTEMPTS);
    }

    #[test]
    fn another_error_is_not_tried_again() {
        let drawn = Cell::new(0);
        let full = |_: &str| -> rustix::io::Result<()> {
            drawn.set(drawn.get() + 1);
            Err(Errno::NOSPC)
        };
        assert_eq!(draw_beside("name", full).err(), Some(Errno::NOSPC));
        assert_eq!(drawn.get(), 1);
    }

    #[test]
    fn the_longest_name_is_as_long_as_a_file_system_allows() {
        let room = names::LONGEST - names::LENGTH;
        assert!(pattern(&"a".repeat(room), "").is_ok());
        assert!(pattern(&"a".repeat(room), "b").is_err());
        let ((), beside) = draw_beside(&"é".repeat(127), |_| Ok(())).expect("it is made");
        assert!(beside.len() <= names::LONGEST && beside.contains('.'), "{beside}");
    }
}
